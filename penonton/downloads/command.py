"""`penonton downloads`: import what the stores export, and show what is known of it."""

import datetime as dt
import os
import time
from pathlib import Path
from typing import Annotated

import typer

from penonton.output import Format, show
from penonton.settings import load

downloads = typer.Typer(
    no_args_is_help=True, help="Downloads of the apps, as the stores' exports tell them."
)

Data = Annotated[Path | None, typer.Option(help="Folder of all data. [PENONTON_DATA]")]
Form = Annotated[Format, typer.Option("--format", help="How the answer is written.")]


@downloads.command("import")
def import_(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE_OR_FOLDER...", exists=True, help="Exports.")
    ],
    *,
    data: Data = None,
    form: Form = Format.table,
) -> None:
    """Import Google Play Console's exports of installs and App Store Connect's daily sales reports.

    Twice is once. A day that a later export tells otherwise is replaced, and said. Nothing is
    imported when a file is wrong.
    """
    settings = load(os.environ, data=data)
    # Help and mistakes are answered before anything heavy is imported.
    from penonton.downloads import files  # noqa: PLC0415 - see above
    from penonton.downloads.exports import Unreadable  # noqa: PLC0415 - the same
    from penonton.downloads.importing import COLUMNS, compared  # noqa: PLC0415 - the same
    from penonton.storage import engine  # noqa: PLC0415 - the same
    from sinks.downloads import Exports  # noqa: PLC0415 - the same
    from sinks.engine import Retry, Stop  # noqa: PLC0415 - the same
    from sinks.migrate import migrate  # noqa: PLC0415 - the same

    try:
        found = files.read(paths)
        for path, why in found.left_out:
            typer.echo(f"left out: {path}: {why}", err=True)
        storing = engine(settings)
        try:
            migrate(storing)
            kept = Exports(storing)
            outcome = compared(found.exports, kept.newest(), time.time_ns() // 1_000_000)
            kept.put(outcome.told)
        finally:
            storing.close()
    except (Unreadable, Retry, Stop) as error:
        typer.echo(f"penonton: nothing was imported: {error}", err=True)
        raise typer.Exit(1) from error
    for each in outcome.changed:
        told = " -> ".join("not told" if n is None else str(n) for n in (each.before, each.after))
        by = " by country" if each.day.division == "country" else ""
        typer.echo(f"changed: {each.day.store} {each.app} {each.day.day}{by}: {told}", err=True)
    show(outcome.rows, COLUMNS, form)


@downloads.command("show")
def show_(
    *,
    first: Annotated[
        dt.datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day. Default: the first known."),
    ] = None,
    last: Annotated[
        dt.datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Last day. Default: the last known."),
    ] = None,
    data: Data = None,
    form: Form = Format.table,
) -> None:
    """Show downloads by store, app and day; a day that no export tells has no number, not 0."""
    if first and last and last < first:
        message = "--from and --to: the first day first"
        raise typer.BadParameter(message)
    settings = load(os.environ, data=data)
    # Help and mistakes are answered before anything heavy is imported.
    from penonton.downloads.days import COLUMNS, by_app, rows  # noqa: PLC0415 - see above
    from penonton.storage import to_read  # noqa: PLC0415 - the same
    from sinks.downloads import Exports  # noqa: PLC0415 - the same
    from sinks.engine import Retry, Stop  # noqa: PLC0415 - the same

    try:
        with to_read(settings) as storing:
            known = by_app(Exports(storing).newest())
    except (Retry, Stop) as error:
        typer.echo(f"penonton: {error}", err=True)
        raise typer.Exit(1) from error
    show(rows(known, first and first.date(), last and last.date()), COLUMNS, form)
