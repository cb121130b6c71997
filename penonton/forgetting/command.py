"""`penonton forget`."""

import os
import re
import time
from pathlib import Path
from typing import Annotated

import typer

from penonton.output import Format, show
from penonton.settings import load

COLUMNS = ("zone", "day", "channel")
_HASH = re.compile(r"[0-9a-f]{32}")


def forget(
    viewer: Annotated[
        str | None, typer.Argument(help="The viewer's id, as the app gave it.")
    ] = None,
    *,
    hashed: Annotated[
        str | None, typer.Option("--hash", help="Its hash instead: 32 hex digits.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of all data. [PENONTON_DATA]")] = None,
    form: Annotated[Format, typer.Option("--format", help="How the answer is written.")] = (
        Format.table
    ),
) -> None:
    """Erase a viewer: reports and attendance, from storage, log, spool and quarantine.

    Prints the days that cannot be computed again; their figures stay as they are. Stop `serve` or
    `collect` on this data folder first. Where the app gave no viewer's id it is the session's.
    """
    if (viewer is None) == (hashed is None) or viewer == "":
        message = "give either the VIEWER's id or --hash HEX"
        raise typer.BadParameter(message)
    if hashed is not None and not _HASH.fullmatch(hashed):
        message = "--hash wants 32 hex digits, in lower case"
        raise typer.BadParameter(message)
    settings = load(os.environ, data=data)
    # Help and mistakes are answered before anything heavy is imported.
    from ingest.log.files import Stop as Busy  # noqa: PLC0415 - as above
    from penonton.forgetting.forgetting import forget as run  # noqa: PLC0415 - as above
    from penonton.id_key import identity  # noqa: PLC0415 - as above
    from sinks.engine import Retry, Stop  # noqa: PLC0415 - as above

    known = hashed or identity(settings)(viewer or "")
    try:
        forgotten = run(settings, known, viewer, time.time_ns() // 1_000_000)
    except (OSError, Busy, Retry, Stop) as error:
        typer.echo(f"penonton: {error}; nothing is whole yet: do it again", err=True)
        raise typer.Exit(1) from error
    for what, count in forgotten.found.items():
        typer.echo(f"{what}: {count} erased", err=True)
    if settings.kafka:
        typer.echo(
            f"Kafka keeps reports for {settings.kafka_retention_hours} hours; a worker that has not"
            " stored them yet does so still. Do this again after that, and on every collector.",
            err=True,
        )
    show([dict(zip(COLUMNS, map(str, day), strict=True)) for day in forgotten.days], COLUMNS, form)
