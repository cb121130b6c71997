"""`penonton explain`: the receipt of a figure."""

import datetime as dt
import os
import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from penonton.output import Format, show
from penonton.settings import load

COLUMNS = ("what", "value")


def explain(
    day: Annotated[
        dt.datetime, typer.Argument(formats=["%Y-%m-%d"], help="A local day, like 2026-11-25.")
    ],
    channel: Annotated[str, typer.Argument(help="A channel; * for any.")] = "*",
    *,
    zone: Annotated[
        str | None, typer.Option(help="Whose day. Default: the first of PENONTON_ZONES.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Address of the server to ask, instead of its data.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of all data. [PENONTON_DATA]")] = None,
    form: Annotated[Format, typer.Option("--format", help="How the answer is written.")] = (
        Format.table
    ),
) -> None:
    """Say how the figures of a day and channel came about: their receipt."""
    settings = load(os.environ, data=data)
    try:
        where = ZoneInfo(zone or settings.zones[0])
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{zone!r} is not a time zone; expected a name like Asia/Jakarta"
        raise typer.BadParameter(message) from error
    # Help and mistakes are answered before anything heavy is imported.
    from penonton.receipts.asking import (  # noqa: PLC0415 - as said
        Unknown,
        Unreachable,
        ask,
        read,
    )

    now = time.time_ns() // 1_000_000
    try:
        if against:
            found = ask(against.rstrip("/"), day.date(), where, channel)
        else:
            found = read(settings, day.date(), where, channel, now)
    except (Unknown, Unreachable) as error:
        typer.echo(f"penonton: {error}", err=True)
        raise typer.Exit(1) from error
    from penonton.receipts.printing import as_json, rows  # noqa: PLC0415 - as above

    if form is Format.json:
        typer.echo(as_json(found))
    else:
        show(rows(found), COLUMNS, form)
