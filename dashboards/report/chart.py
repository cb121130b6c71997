"""Bars of days, as places in a drawing of WIDTH by HEIGHT."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.report.contents import DayRow

WIDTH: Final = 400
HEIGHT: Final = 190
LEFT: Final = 44
RIGHT: Final = 4
TOP: Final = 14
FLOOR: Final = 168
MOST_LABELS: Final = 6
STEPS: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Bar:
    """A day; `value` None: not known."""

    day: dt.date
    x: float
    width: float
    y: float
    value: int | None
    provisional: bool
    highest: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A level of the scale."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """`labels`: the days that are written below, with the middle of their bar."""

    bars: Sequence[Bar]
    lines: Sequence[Line]
    labels: Sequence[tuple[dt.date, float]]


def chart(days: Sequence[DayRow], values: Sequence[int | None]) -> Chart:
    """Of a value a day; the highest is that of the settled days."""
    settled = [
        value
        for row, value in zip(days, values, strict=True)
        if value is not None and row.status != "provisional"
    ]
    top, step = _scale(max((value for value in values if value is not None), default=0))
    slot = (WIDTH - LEFT - RIGHT) / max(len(days), 1)
    bars: list[Bar] = []
    for at, (row, value) in enumerate(zip(days, values, strict=True)):
        provisional = row.status == "provisional"
        highest = not provisional and bool(value) and value == max(settled, default=None)
        highest = highest and not any(bar.highest for bar in bars)
        x = LEFT + at * slot
        bars.append(Bar(row.day, x, slot, _y(value or 0, top), value, provisional, highest))
    lines = [Line(_y(level, top), level) for level in range(0, top + 1, step)]
    every = -(-len(days) // MOST_LABELS)
    labels = [(bar.day, bar.x + bar.width / 2) for bar in bars[:: max(every, 1)]]
    return Chart(bars, lines, labels)


def _y(value: int, top: int) -> float:
    return FLOOR - (FLOOR - TOP) * value / top


def _scale(highest: int) -> tuple[int, int]:
    """The top of the scale and the step between its lines: round numbers, at most 5 steps."""
    power = 1
    while True:
        for factor in STEPS:
            step = factor * power
            if step * 5 >= highest:
                return max(-(-highest // step), 1) * step, step
        power *= 10
