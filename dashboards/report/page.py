"""The report as one HTML page, which needs nothing else: to read, to print and to send."""

import base64
import datetime as dt
import hashlib
from functools import cache, partial
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboards.report import chart
from dashboards.report.contents import Report
from dashboards.report.notes import notes
from dashboards.report.phrases import Language
from dashboards.report.speaking import Speaking

FOLDER: Final = Path(__file__).parent
STYLE: Final = (FOLDER / "page.css").read_text()
STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Under which content security policy the page works."""


def page(report: Report, language: Language, *, served: bool = False) -> str:
    """The page; `served`: by a server, whose receipts it links to."""
    speaking = Speaking(language, report.zone)
    words = {name: getattr(speaking, name) for name in dir(Speaking) if not name.startswith("_")}
    sizes = ("WIDTH", "HEIGHT", "LEFT", "TOP", "FLOOR")
    return (
        _environment()
        .get_template("page.html")
        .render(
            {name: getattr(chart, name) for name in sizes},
            **words,
            report=report,
            language=language.value,
            served=served,
            receipt=partial(_receipt, report),
            style=STYLE,
            notes=list(notes(report, speaking)),
            reach=chart.chart(report.days, [row.reach for row in report.days]),
            peak=chart.chart(report.days, [row.peak_viewers for row in report.days]),
        )
    )


def _receipt(report: Report, day: dt.date, channel: str) -> str:
    asked = urlencode({"zone": report.zone.key, "channel": channel}, safe="*")
    return f"receipt/{day}?{asked}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
