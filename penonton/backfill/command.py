"""`penonton backfill`: figures of past days computed again, compared, and written."""

import datetime as dt
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from penonton.output import Format, show
from penonton.settings import load


class Engine(StrEnum):
    """Which of the evaluations of the definition computes the figures."""

    fold = "fold"
    sql = "sql"


def backfill(  # noqa: PLR0913 - each is an option
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="NDJSON files of stored reports, plain or gzip. None: the storage's own reports.",
        ),
    ] = None,
    *,
    first: Annotated[
        dt.datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day. Default: the first watched."),
    ] = None,
    last: Annotated[
        dt.datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Last day. Default: the last watched."),
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Whose days. Default: each of PENONTON_ZONES.")
    ] = None,
    engine: Annotated[Engine, typer.Option(help="What computes them; both answer the same.")] = (
        Engine.fold
    ),
    reason: Annotated[
        str, typer.Option(help="A note to be kept with what changes, beside the reason found.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing, and say what would change.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="Folder of all data. [PENONTON_DATA]")] = None,
    form: Annotated[Format, typer.Option("--format", help="How the answer is written.")] = (
        Format.json
    ),
) -> None:
    """Compute the figures of days again from reports, and write what changed.

    Runs beside the live count. Files are taken to hold all reports of the days asked for. A run
    that broke off is gone on with by the same command. Status 1: some days could not be computed.
    """
    dates = _dates(first, last)
    settings = load(os.environ, data=data, zones=None if zone is None else (zone,))
    # Help and mistakes are answered before anything heavy is imported.
    from penonton.backfill.reading import Unreadable  # noqa: PLC0415 - see above
    from penonton.backfill.running import COLUMNS, Asked  # noqa: PLC0415 - the same
    from penonton.backfill.running import backfill as run  # noqa: PLC0415 - the same
    from sinks.engine import Retry, Stop  # noqa: PLC0415 - the same

    asked = Asked(tuple(files or ()), dates, engine.value, dry_run=dry_run, note=reason)
    try:
        answer = run(settings, asked)
    except (Unreadable, Retry, Stop) as error:
        typer.echo(f"penonton: {error}", err=True)
        raise typer.Exit(1) from error
    show(answer.rows, COLUMNS, form)
    raise typer.Exit(0 if answer.whole else 1)


def _dates(first: dt.datetime | None, last: dt.datetime | None) -> tuple[dt.date, dt.date] | None:
    if first is None and last is None:
        return None
    if first is None or last is None or last < first:
        message = "--from and --to go together, the first day first"
        raise typer.BadParameter(message)
    return first.date(), last.date()
