"""The definition, version 1, as one ClickHouse query; its text is in sinks/sql/definition_*.sql.

`reports` names a table shaped like `reports`; duplicates in it and any order are fine.
"""

from collections.abc import Sequence
from importlib import resources

import pyarrow as pa

from audience.days import Day
from audience.figures import Figures
from audience.rules import ANYTHING, Rules
from sinks.engine import Engine


def levels(engine: Engine, reports: str, first: int, end: int, rules: Rules) -> pa.Table:
    """Columns channel, second, viewers, sessions: every second of [first, end) with someone.

    `*` is among the channels. Seconds are s since the epoch; rows come by channel and second.
    """
    return engine.query(
        _sql("changes") + _sql("levels"),
        {"reports": reports, "first": first, "end": end, "bridge": rules.max_bridge, "days": []},
    )


def figures(
    engine: Engine, reports: str, days: Sequence[Day], rules: Rules
) -> list[dict[str, Figures]]:
    """Of each day the figures of every channel watched in it, and of `*`; no two begin together."""
    bounds = [(day.first, day.end) for day in days]
    found = engine.query(
        _sql("changes") + _sql("figures"),
        {
            "reports": reports,
            "first": min(first for first, _ in bounds),
            "end": max(end for _, end in bounds),
            "bridge": rules.max_bridge,
            "days": bounds,
        },
    )
    answer = [{ANYTHING: Figures.nobody(day)} for day in days]
    for row in found.to_pylist():
        day, channel = row.pop("day"), row.pop("channel")
        answer[day][channel] = Figures(seconds=len(days[day].seconds), **row)
    return answer


def _sql(part: str) -> str:
    return resources.files("sinks").joinpath("sql", f"definition_{part}.sql").read_text()
