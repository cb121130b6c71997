"""The definition, version 1, as one ClickHouse query; its text is in sinks/sql/definition_*.sql.

`reports` names a table shaped like `reports`; duplicates in it and any order are fine.
"""

import re
from collections.abc import Sequence
from importlib import resources

import pyarrow as pa

from audience.days import Day
from audience.figures import Figures
from audience.rules import ANYTHING, Rules
from audience.spans import Stretch
from sinks.engine import Engine
from sinks.kinds import kinds_text
from sinks.raw import EVERYBODY, Viewers


def levels(engine: Engine, reports: str, first: int, end: int, rules: Rules) -> pa.Table:
    """Columns channel, second, viewers, sessions: every second of [first, end) with someone.

    `*` is among the channels, and so are the kinds of `rules`. Seconds are s since the epoch; rows
    come by channel and second.
    """
    return _ask(engine, "levels", reports, first, end, rules)


def figures(
    engine: Engine, reports: str, days: Sequence[Stretch], rules: Rules
) -> list[dict[str, Figures]]:
    """Of each day the figures of every channel and kind watched, and of `*`; a query a day.

    Any seconds will do in place of a day, a programme's for one.
    """
    return [_figures(engine, reports, day, rules) for day in days]


def changes(
    engine: Engine, reports: str, first: int, end: int, rules: Rules, viewers: Viewers
) -> pa.Table:
    """By how much the numbers of [first, end) change at a second, of these viewers alone.

    Columns channel, second, viewers, sessions, and, in one row of each channel, reach and attended
    (rule 6: viewers and sessions with a watched second). Over disjoint viewers all of them add up.
    """
    return _ask(engine, "parts", reports, first, end, rules, viewers, _sql("beside"))


def attend(engine: Engine, day: Day, end: int, rules: Rules) -> None:
    """Write who watched before second `end` of the day, out of the stored reports.

    What is there stays: for days that were not counted from their first second on.
    """
    low, high = EVERYBODY
    bounds = {"first": day.first, "end": min(end, day.end), "bridge": rules.max_bridge}
    kinds = kinds_text(rules.kinds)
    names = {"reports": "reports", "kinds": kinds, "low": low, "high": high}
    engine.execute(
        "INSERT INTO attendance (zone, day, channel, viewer, session)\n"
        + _sql("definition_changes")
        + _sql("definition_attended"),
        {**names, **bounds, "zone": day.zone.key, "day": day.date.isoformat()},
    )


def text(day: Stretch, rules: Rules, channel: str) -> str:
    """The query as a reader of the storage can run it: the figures of a day and channel."""
    bounds = {"first": day.first, "end": day.end, "bridge": rules.max_bridge}
    values = {name: str(value) for name, value in bounds.items()}
    low, high = EVERYBODY
    texts = {"low": low, "high": high, "kinds": kinds_text(rules.kinds)}
    values |= {"reports": "reports", **{name: f"'{text}'" for name, text in texts.items()}}
    query = _sql("definition_changes") + _sql("definition_figures")
    filled = re.sub(r"\{(\w+):\w+\}", lambda found: values[found[1]], query)
    bare = "\n".join(line for line in filled.splitlines() if not line.startswith("--"))
    return f"SELECT * FROM (\n{bare}\n) WHERE channel = '{channel}'"  # noqa: S608 - a channel's name has no quotes


def _figures(engine: Engine, reports: str, day: Stretch, rules: Rules) -> dict[str, Figures]:
    found = _ask(engine, "figures", reports, day.first, day.end, rules)
    watched = {
        row.pop("channel"): Figures(seconds=len(day.seconds), **row) for row in found.to_pylist()
    }
    return {ANYTHING: Figures.nobody(day)} | watched


def _ask(
    engine: Engine,
    what: str,
    reports: str,
    first: int,
    end: int,
    rules: Rules,
    viewers: Viewers = EVERYBODY,
    settings: str = "",
) -> pa.Table:
    bounds = {"first": first, "end": end, "bridge": rules.max_bridge}
    low, high = viewers
    return engine.query(
        _sql("definition_changes") + _sql(f"definition_{what}") + settings,
        {"reports": reports, "kinds": kinds_text(rules.kinds), "low": low, "high": high, **bounds},
    )


def _sql(name: str) -> str:
    return resources.files("sinks").joinpath("sql", f"{name}.sql").read_text()
