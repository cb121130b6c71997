"""`penonton programmes`: import a calendar, list it, and say who watched it."""

import contextlib
import datetime as dt
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from audience.days import Day
from penonton.output import Format, show
from penonton.programmes.reading import CHANNEL, Reading, Unreadable
from penonton.settings import Settings, load

app = typer.Typer(
    no_args_is_help=True,
    help="What is on, from XMLTV and CSV, and who watched it.",
    epilog="docs/programmes.md explains the files and the figures.",
)

IMPORTED: Final = ("source", "added", "changed", "removed", "same", "overlapping")
LISTED: Final = ("channel", "start", "end", "title", "special", "source")
FIGURES: Final = (
    "average_viewers",
    "peak_viewers",
    "peak_at",
    "watch_seconds",
    "reach",
    "sessions",
    "status",
    "until",
)
Data = Annotated[Path | None, typer.Option(help="Folder of all data. [PENONTON_DATA]")]
First = Annotated[
    dt.datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], help="First day. Default: today."),
]
Last = Annotated[
    dt.datetime | None,
    typer.Option("--to", formats=["%Y-%m-%d"], help="Last day. Default: the first."),
]
Zone = Annotated[
    str | None, typer.Option(help="Whose clock. Default: the first of PENONTON_ZONES.")
]
Channel = Annotated[str, typer.Option(help="Only this channel.")]
Form = Annotated[Format, typer.Option("--format", help="How the answer is written.")]


@app.command("import")
def import_files(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="XMLTV or CSV files.")
    ],
    *,
    channel: Annotated[
        list[str] | None,
        typer.Option(help="Our name for a file's channel, like RCTI.id=rcti. Repeatable."),
    ] = None,
    mapped_only: Annotated[
        bool, typer.Option("--mapped-only", help="Leave out what no --channel names.")
    ] = False,
    special: Annotated[
        list[str] | None,
        typer.Option(help="Category of XMLTV that makes a special. Default: special. Repeatable."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Who says so. Default: the name of the file.")
    ] = None,
    zone: Zone = None,
    data: Data = None,
    form: Form = Format.table,
) -> None:
    """Read programmes into the calendar, also beside a running `penonton serve`.

    What a source says of a channel replaces what it said before of the same time. A file with a
    fault is refused whole, and then nothing is imported.
    """
    settings = _settings(data=data, zones=zone and (zone,))
    specials = frozenset(each.strip().lower() for each in special or ["special"])
    reading = Reading(ZoneInfo(settings.zones[0]), _mapping(channel or []), mapped_only, specials)
    with _failing():
        from penonton.programmes import rows  # noqa: PLC0415 - help and mistakes come first

        show(rows.imported(settings, files, reading, source), IMPORTED, form)


@app.command("list")
def list_programmes(
    *,
    first: First = None,
    last: Last = None,
    channel: Channel = "",
    zone: Zone = None,
    data: Data = None,
    form: Form = Format.table,
) -> None:
    """List what is on, by start."""
    settings = _settings(data=data, zones=zone and (zone,))
    days = _days(first, last, settings)
    with _failing():
        from penonton.programmes import rows  # noqa: PLC0415 - help and mistakes come first

        show(rows.listed(settings, days, channel), LISTED, form)


@app.command()
def figures(
    *,
    first: First = None,
    last: Last = None,
    channel: Channel = "",
    zone: Zone = None,
    data: Data = None,
    form: Form = Format.table,
) -> None:
    """Say who watched what was on, by start: average, peak, reach and sessions of each programme.

    Of one that is still on, the figures are those of its final seconds so far.
    """
    settings = _settings(data=data, zones=zone and (zone,))
    days = _days(first, last, settings)
    with _failing():
        from penonton.programmes import rows  # noqa: PLC0415 - help and mistakes come first

        show(rows.figures(settings, days, channel), (*LISTED, *FIGURES), form)


def _settings(**overrides: object) -> Settings:
    return load(os.environ, **overrides)


def _mapping(pairs: Sequence[str]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        named, _, ours = pair.rpartition("=")
        if not named or not CHANNEL.fullmatch(ours):
            message = f"--channel {pair!r} is not NAME-IN-THE-FILE=OUR-NAME"
            raise typer.BadParameter(message)
        mapping[named] = ours
    return mapping


def _days(
    first: dt.datetime | None, last: dt.datetime | None, settings: Settings
) -> tuple[Day, Day]:
    zone, starts = ZoneInfo(settings.zones[0]), settings.day_starts
    begin = Day(first.date(), zone, starts) if first else Day.of(int(time.time()), zone, starts)
    end = Day(last.date(), zone, starts) if last else begin
    if end.date < begin.date:
        message = "--to lies before --from"
        raise typer.BadParameter(message)
    return begin, end


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    """What went wrong, in a sentence, and status 1."""
    from sinks.engine import Retry, Stop  # noqa: PLC0415 - help and mistakes come first

    try:
        yield
    except (Unreadable, Retry, Stop) as error:
        typer.echo(f"penonton: {error}", err=True)
        raise typer.Exit(1) from error
