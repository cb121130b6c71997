"""`penonton report`: the figures of a period, as a director reads them."""

import datetime as dt
import os
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penonton.settings import load

if TYPE_CHECKING:
    from dashboards.report.contents import Report
    from dashboards.report.periods import Period


class Form(StrEnum):
    """How the report is written: `html` is one page, to print and to send."""

    table = "table"
    json = "json"
    csv = "csv"
    html = "html"


class InLanguage(StrEnum):
    """The language of the table and of the page."""

    id = "id"
    en = "en"


Day = dt.datetime | None


def report(
    *,
    month: Annotated[str | None, typer.Option(help="Of a month, like 2026-11.")] = None,
    first: Annotated[
        Day, typer.Option("--from", formats=["%Y-%m-%d"], help="Or from this day ...")
    ] = None,
    last: Annotated[
        Day, typer.Option("--to", formats=["%Y-%m-%d"], help="... to this one.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Whose days. Default: the first of PENONTON_ZONES.")
    ] = None,
    language: Annotated[InLanguage, typer.Option(help="Of the table and the page.")] = (
        InLanguage.id
    ),
    data: Annotated[Path | None, typer.Option(help="Folder of all data. [PENONTON_DATA]")] = None,
    form: Annotated[Form, typer.Option("--format", help="How it is written.")] = Form.table,
) -> None:
    """Report a period: reach, peaks, watch hours and downloads, against the period before.

    Only days that are final are counted; which are not is said. docs/report.md explains figures.
    """
    settings = load(os.environ, data=data, zones=None if zone is None else (zone,))
    # Help and mistakes are answered before anything heavy is imported.
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - see above

    from penonton.report.composing import Asked  # noqa: PLC0415 - the same
    from penonton.report.composing import report as composed  # noqa: PLC0415 - the same
    from penonton.storage import to_read  # noqa: PLC0415 - the same
    from sinks.engine import Retry, Stop  # noqa: PLC0415 - the same
    from sinks.store import Store  # noqa: PLC0415 - the same

    period = _period(month, first, last)
    try:
        with to_read(settings) as storing:
            asked = Asked(period, ZoneInfo(settings.zones[0]), settings.day_starts)
            made = composed(Store(storing), asked, int(time.time()))
    except (Retry, Stop) as error:
        typer.echo(f"penonton: {error}", err=True)
        raise typer.Exit(1) from error
    _write(made, form, language)


def _period(month: str | None, first: Day, last: Day) -> "Period":
    from dashboards.report.periods import Period  # noqa: PLC0415 - as above

    try:
        if month is not None and first is None and last is None:
            return Period.of_month(month)
        if month is None and first is not None and last is not None:
            return Period.between(first.date(), last.date())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    message = "give either --month, or --from and --to"
    raise typer.BadParameter(message)


def _write(made: "Report", form: Form, language: InLanguage) -> None:
    from dashboards.report.page import page  # noqa: PLC0415 - as above
    from dashboards.report.phrases import Language  # noqa: PLC0415 - the same
    from penonton.output import Format, show  # noqa: PLC0415 - the same
    from penonton.report import rows, table  # noqa: PLC0415 - the same

    if form is Form.html:
        sys.stdout.write(page(made, Language(language)))
    elif form is Form.table:
        table.write(made, Language(language), sys.stdout)
    else:
        show(rows.rows(made), rows.COLUMNS, Format(form.value))
