"""What receipts are made of: what happened while counting, when it was heard, what was erased."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final, Literal

import pyarrow as pa

from audience.days import Day
from sinks.engine import Engine

What = Literal["end", "late", "refused", "replayed"]

Stretch = tuple[int, int]
"""Seconds [first, end), in s since the epoch."""

_HAPPENED: Final[dict[str, pa.DataType]] = {
    "what": pa.string(),
    "reason": pa.string(),
    "channel": pa.string(),
    "second": pa.int64(),
    "source": pa.string(),
    "at": pa.int64(),
    "count": pa.int64(),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """So many times; `second` (s): whose audience it is about, `at` (s): when it came.

    `reason`: of an end `reported` or `timeout`, of a refusal why. `channel` empty: not known.
    """

    what: What
    second: int
    channel: str
    count: int
    reason: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Restated:
    """A figure that a backfill changed at `at` (ms); None: there was none."""

    at: int
    figure: str
    before: float | None
    after: float | None
    reason: str
    note: str = ""


class Receipts:
    """Written as it happens, read day by day; all of it may be written twice.

    Raises Retry and Stop as the engine does.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put_happened(self, by_source: Mapping[str, Iterable[Happened]]) -> None:
        """Write what each source counted; what it said of the same second before is replaced."""
        rows = [
            {
                "what": each.what,
                "reason": each.reason,
                "channel": each.channel,
                "second": each.second,
                "source": source,
                "at": each.at,
                "count": each.count,
            }
            for source, counted in by_source.items()
            for each in counted
        ]
        if rows:
            self._engine.insert("receipts", pa.Table.from_pylist(rows, pa.schema(_HAPPENED)))

    def put_heard(self, stretches: Mapping[int, Iterable[Stretch]], partitions: int) -> None:
        """Write when each of so many partitions was heard; a stretch may have grown."""
        rows = [
            {"partitions": partitions, "partition": partition, "first": first, "end": end}
            for partition, heard in stretches.items()
            for first, end in heard
        ]
        if rows:
            self._engine.insert("heard", pa.Table.from_pylist(rows))

    def happened(self, day: Day) -> dict[tuple[What, str, str], int]:
        """How often, by what, reason and channel."""
        found = self._engine.query(_sql("happened"), {"first": day.first, "end": day.end})
        return {
            (row["what"], row["reason"], row["channel"]): row["times"] for row in found.to_pylist()
        }

    def heard(self, day: Day) -> int | None:
        """In how many seconds all partitions were heard; None: that was never written down."""
        found = self._engine.query(_sql("heard"), {"first": day.first, "end": day.end})
        by_number: defaultdict[int, defaultdict[int, list[Stretch]]]
        by_number = defaultdict(lambda: defaultdict(list))
        for row in found.to_pylist():
            stretch = max(row["first"], day.first), min(row["end"], day.end)
            by_number[row["partitions"]][row["partition"]].append(stretch)
        if not by_number:
            return None
        together = [
            heard_by_all([united(stretches) for stretches in heard.values()])
            for partitions, heard in by_number.items()
            if len(heard) == partitions
        ]
        return sum(end - first for first, end in united(s for some in together for s in some))

    def used(self, day: Day) -> dict[str, int]:
        """Reports of the day that storage still has, by channel; equal ones once."""
        found = self._engine.query(_sql("reports_used"), {"first": day.first, "end": day.end})
        return {row["channel"]: row["reports"] for row in found.to_pylist()}

    def restatements(self, day: Day, channel: str) -> list[Restated]:
        """What a backfill changed of it."""
        asked = {"zone": day.zone.key, "day": day.date.isoformat(), "channel": channel}
        return [
            Restated(**row) for row in self._engine.query(_sql("restatements"), asked).to_pylist()
        ]

    def put_erasures(self, days: Collection[tuple[str, dt.date, str]], at: int) -> None:
        """Mark days, as (zone, day, channel), of which reports were erased at `at` (ms)."""
        if days:
            zones, dates, channels = zip(*days, strict=True)
            when = pa.repeat(pa.scalar(at, pa.int64()), len(days)).cast(pa.timestamp("ms", "UTC"))
            self._engine.insert(
                "erasures",
                pa.table(
                    {"zone": list(zones), "day": list(dates), "channel": list(channels), "at": when}
                ),
            )

    def erasures(self, day: Day) -> dict[str, int]:
        """When (ms) reports of that day were last erased, by channel (and `*`).

        What stands of these cannot be computed again: it would come out too low.
        """
        asked = {"zone": day.zone.key, "day": day.date.isoformat()}
        bounds = {"first": day.first, "end": day.end}
        found = self._engine.query(_sql("erasures"), {**asked, **bounds})
        return {row["channel"]: row["at"] for row in found.to_pylist()}


def united(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same seconds in stretches that lie apart, in order."""
    apart: list[Stretch] = []
    for first, end in sorted(stretches):
        if apart and first <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        elif first < end:
            apart.append((first, end))
    return apart


def heard_by_all(partitions: Sequence[Sequence[Stretch]]) -> list[Stretch]:
    """The seconds that every one has; each is `united`."""
    common = partitions[0]
    for other in partitions[1:]:
        common = [
            (max(first, begin), min(end, stop))
            for first, end in common
            for begin, stop in other
            if max(first, begin) < min(end, stop)
        ]
    return list(common)


def _sql(name: str) -> str:
    return resources.files("sinks").joinpath("sql", f"{name}.sql").read_text()
