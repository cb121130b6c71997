"""A month whose truth is known: average reach 1,700 a day, 21,420 on the highest day.

Each viewer of a day watches for a minute, from a whole second on. September 2026 in Jakarta.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from audience.reports import Report
from audience.states import State
from tests.downloads.exported import apple_line, month, overview, sales

ZONE = ZoneInfo("Asia/Jakarta")
SEPTEMBER, AUGUST, JULY = month(2026, 9), month(2026, 8), month(2026, 7)
LAST_DAYS = AUGUST[-2:]
WIDEST, TALLEST = dt.date(2026, 9, 14), dt.date(2026, 9, 20)
REACH = {day: 21_420 if day == WIDEST else 1_020 for day in SEPTEMBER}
PEAK = {day: 900 if day == WIDEST else 1_000 if day == TALLEST else 40 for day in SEPTEMBER}
PRIME = dt.time(19, 30, 7)
MINUTE = 60_000  # ms
_SAID: tuple[tuple[int, State], ...] = ((0, "playing"), (MINUTE, "quit"))

GOOGLE_TOTAL, APPLE_TOTAL = 33_552, 1_310
GOOGLE_NEW, APPLE_NEW = 30 * 71 + 4, 30 * 3 + 6


def reports() -> Iterator[Report]:
    """Of September, and of 850 viewers on each of the last two days of August."""
    for day, reach in (dict.fromkeys(LAST_DAYS, 850) | REACH).items():
        prime = int(dt.datetime.combine(day, PRIME, ZONE).timestamp()) * 1000
        morning = int(dt.datetime.combine(day, dt.time(), ZONE).timestamp()) * 1000
        together = PEAK.get(day, 7)
        for n in range(reach):
            # Those who do not watch together come one after the other, a few at a time.
            start = prime if n < together else morning + (n - together) * 3000
            yield from _visit(f"{day}-{n}", start, n)


def _visit(viewer: str, start: int, n: int) -> Iterator[Report]:
    channel = "parlemen-radio" if n % 10 == 9 else "parlemen-tv"
    for after, state in _SAID:
        yield Report(
            t=start + after,
            viewer=viewer,
            session=viewer,
            channel=channel,
            state=state,
        )


def write_reports(path: Path) -> Path:
    path.write_bytes(msgspec.json.Encoder().encode_lines(reports()))
    return path


def spread(total: int, days: list[dt.date]) -> dict[dt.date, int | str]:
    """The total over the days, as evenly as whole numbers go."""
    marks = [0, *accumulate([total] * len(days))]
    shares = [mark // len(days) for mark in marks]
    return {day: b - a for day, a, b in zip(days, shares, shares[1:], strict=False)}


def write_exports(folder: Path) -> Path:
    """July to September, as the stores export them."""
    before = GOOGLE_TOTAL - GOOGLE_NEW
    for total, days in ((before - 2_000, JULY), (2_000, AUGUST), (GOOGLE_NEW, SEPTEMBER)):
        overview(folder / "play", spread(total, days))
    before = APPLE_TOTAL - APPLE_NEW
    for total, days in ((before - 90, JULY), (90, AUGUST), (APPLE_NEW, SEPTEMBER)):
        for day, units in spread(total, days).items():
            lines = [apple_line(day, units), apple_line(day, 1, "3F"), apple_line(day, 50, "7F")]
            sales(folder / "apple", day, lines)
    return folder
