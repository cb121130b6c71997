"""What is stored, and how it is read back; all of it may be written twice."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Any, cast
from uuid import uuid4

import pyarrow as pa

from audience.days import Day
from audience.figures import Figures
from audience.programmes import Programme
from audience.rules import NO_KINDS, Rules
from audience.spans import Stretch
from sinks import definition, rows
from sinks.downloads import Exports
from sinks.engine import Engine, Parameter
from sinks.kinds import kinds_text
from sinks.receipts import Receipts
from sinks.rows import Attended, LevelsOf, Restatement, Status


@dataclass(frozen=True, slots=True)
class Crowd:
    """What the levels of some seconds add up to; `peak_at`: the first of the peak (s)."""

    peak_viewers: int
    peak_at: int
    watch_seconds: int


@dataclass(frozen=True, slots=True)
class StoredDay:
    """The figures of a day and channel, and how settled they are."""

    day: dt.date
    channel: str
    figures: Figures
    status: Status
    definition: int


class Store:
    """Reports, levels, attendance and days in an engine whose schema is up to date.

    Raises Retry and Stop as the engine does. Seconds are s since the epoch, `at` is in ms since
    the epoch.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.receipts = Receipts(engine)
        self.exports = Exports(engine)

    def insert_reports(self, reports: pa.RecordBatch | pa.Table, table: str = "reports") -> None:
        """Append reports in the log's schema; the more at once, the better."""
        self._engine.insert(table, rows.of_reports(reports))

    def insert_levels(self, *levels: LevelsOf) -> None:
        """Write final levels; what is known of a partition, second and channel is replaced."""
        self._insert_all("levels", [rows.of_levels(each) for each in levels])

    def restate_levels(self, levels: pa.Table, first: int, end: int, at: int) -> None:
        """Make `levels` all there is of [first, end); what was shown stays.

        Columns channel, second, viewers, sessions, as `sinks.definition.levels` answers.
        """
        with self._like("levels") as table:
            self._insert(table, rows.of_restated(levels))
            bounds: dict[str, Parameter] = {"first": first, "end": end, "version": at}
            self._engine.execute(_sql("restate_levels"), {"restated": table, **bounds})

    def insert_attendance(self, zone: str, day: dt.date, *attended: Attended) -> None:
        """Add sessions with a watched final second of that day."""
        tables = [rows.of_attendance(zone, day, each) for each in attended]
        self._insert_all("attendance", tables)

    def put_days(
        self, zone: str, day: dt.date, figures: Mapping[str, Figures], status: Status, at: int
    ) -> None:
        """Write the figures of a day by channel; they never replace more settled ones."""
        self._insert("days", rows.of_days(zone, day, figures, status, at))

    def put_restatements(self, restatements: Sequence[Restatement], at: int) -> None:
        """Write what a backfill changed."""
        self._insert("restatements", rows.of_restatements(restatements, at))

    def causes(self, day: Day, around: int) -> dict[str, int]:
        """How many reports of that day came late, and were replayed, since it was last restated.

        Or of `around` s before and after it, which its last and first seconds hang on too.
        """
        bounds = {"first": day.first - around, "end": day.end + around}
        asked = {"zone": day.zone.key, "day": day.date.isoformat()}
        found = self._engine.query(_sql("causes"), {**asked, **bounds})
        return {row["what"]: row["times"] for row in found.to_pylist()}

    def put_progress(self, name: str, value: int) -> None:
        """Remember how far `name` has come; there is one writer of a name."""
        self._engine.execute(_sql("put_progress"), {"name": name, "value": value})

    def progress(self, name: str) -> int | None:
        """What was put last."""
        found = self._engine.query(_sql("progress"), {"name": name})["value"].to_pylist()
        return found[0] if found else None

    def put_partition_progress(self, name: str, values: Mapping[int, int]) -> None:
        """Remember how far `name` has come in each partition; it never goes back.

        So who was taken for dead, and had its partition given to another, may come back and write.
        """
        given = {f"{name}/{partition}": value for partition, value in values.items()}
        self._insert("progress", rows.of_progress(given))

    def partition_progress(self, name: str) -> dict[int, int]:
        """How far `name` has come by partition."""
        found = self._engine.query(_sql("partition_progress"), {"name": name}).to_pylist()
        return {row["partition"]: row["value"] for row in found}

    def levels(self, channel: str, first: int, end: int) -> pa.Table:
        """Columns second, viewers, sessions: seconds of [first, end) with someone, in order."""
        return self._engine.query(_sql("levels"), {"channel": channel, "first": first, "end": end})

    def crowds(self, first: int, end: int) -> dict[str, Crowd]:
        """By channel watched in [first, end)."""
        found = self._engine.query(_sql("crowds"), {"first": first, "end": end}).to_pylist()
        return {row.pop("channel"): Crowd(**row) for row in found}

    def earliest(self) -> int | None:
        """The first second with someone; None: there is none."""
        found: int | None = self._engine.query(_sql("earliest"))["second"][0].as_py()
        return found

    def has_counted(self) -> bool:
        """Whether anybody watched in the levels or the days that are stored."""
        return bool(self._engine.query(_sql("counted"))["rows"][0].as_py())

    def zones(self) -> list[str]:
        """The zones of which there are days."""
        return [str(zone) for zone in self._engine.query(_sql("zones"))["zone"].to_pylist()]

    def last_final_day(self, zone: str) -> dt.date | None:
        """The last day that was written as final; None: there is none."""
        found = self._engine.query(_sql("last_final"), {"zone": zone})["day"][0].as_py()
        return cast("dt.date | None", found)

    def attendance(self, zone: str, day: dt.date) -> Attended:
        """All sessions with a watched final second of that day."""
        return rows.to_attended(
            self._engine.query(_sql("attendance"), {"zone": zone, "day": day.isoformat()})
        )

    def attend(self, day: Day, end: int, rules: Rules) -> None:
        """Add, out of the stored reports, who watched before second `end` of the day."""
        definition.attend(self._engine, day, end, rules)

    def counted_until(self) -> dict[str, int]:
        """Until which second the open days were last written, by zone."""
        found = self._engine.query(_sql("counted_until")).to_pylist()
        return {row["zone"]: row["until"] for row in found}

    def reach(
        self, zone: str, day: dt.date, kinds: Mapping[str, str] = NO_KINDS
    ) -> dict[str, tuple[int, int]]:
        """Reach and sessions of that day as far as attendance is stored.

        By channel, by kind (`*tv`) of the channels that have one in `kinds`, and of `*`.
        """
        asked = {"zone": zone, "day": day.isoformat(), "kinds": kinds_text(kinds)}
        found = self._engine.query(_sql("reach"), asked)
        return {row["channel"]: (row["reach"], row["sessions"]) for row in found.to_pylist()}

    def days(self, zone: str, first: dt.date, last: dt.date) -> list[StoredDay]:
        """The days from `first` to `last`, both included: by day, `*` first, then by name."""
        span = {"zone": zone, "first": first.isoformat(), "last": last.isoformat()}
        return [_stored_day(row) for row in self._engine.query(_sql("days"), span).to_pylist()]

    def put_programmes(
        self, put: Sequence[Programme], removed: Sequence[Programme], at: int
    ) -> None:
        """Write programmes, and take others away; all in one insert. `at` (ms): now."""
        self._insert("programmes", rows.of_programmes(put, removed, at))

    def programmes(self, first: int, end: int, channel: str = "") -> list[Programme]:
        """What is on at some second of [first, end), by start, then channel; "": on any channel."""
        asked: dict[str, Parameter] = {"first": first, "end": end, "channel": channel}
        found = self._engine.query(_sql("programmes"), asked).to_pylist()
        return [Programme(**row | {"special": bool(row["special"])}) for row in found]

    def programme_channels(self) -> list[str]:
        """Every channel that the calendar has something on, at any time, by name."""
        found = self._engine.query(_sql("programme_channels"))["channel"].to_pylist()
        return cast("list[str]", found)

    def raw(self) -> tuple[int, int] | None:
        """When the oldest and the newest report that is kept were (ms); None: there is none."""
        (found,) = self._engine.query(_sql("raw")).to_pylist()
        return (found["oldest"], found["newest"]) if found["reports"] else None

    def figures(self, spans: Sequence[Stretch], rules: Rules) -> list[dict[str, Figures]]:
        """Of each span, by channel, the figures that the definition finds in all reports kept."""
        return definition.figures(self._engine, "reports", spans, rules)

    @contextmanager
    def scratch_reports(self) -> Iterator[str]:
        """Name an empty table shaped like `reports`, and sorted so, that is gone afterwards."""
        with self._like("reports", "viewer, session, t") as table:
            yield table

    @contextmanager
    def _like(self, table: str, order: str = "") -> Iterator[str]:
        name = f"{table}_{uuid4().hex}"
        # The columns alone: reports out of old files must not meet the TTL.
        columns = f"EMPTY AS SELECT * FROM {table}"  # noqa: S608 - a table's name, ours
        self._engine.execute(f"CREATE TABLE {name} ENGINE = MergeTree ORDER BY ({order}) {columns}")
        try:
            yield name
        finally:
            self._engine.execute(f"DROP TABLE {name}")

    def _insert_all(self, table: str, given: Sequence[pa.Table]) -> None:
        some = [each for each in given if each.num_rows]
        if some:
            self._engine.insert(table, pa.concat_tables(some))

    def _insert(self, table: str, given: pa.Table) -> None:
        if given.num_rows:
            self._engine.insert(table, given)


def _stored_day(row: dict[str, Any]) -> StoredDay:
    said = {name: row.pop(name) for name in ("day", "channel", "status", "definition")}
    return StoredDay(figures=Figures(**row), **said)


def _sql(name: str) -> str:
    return resources.files("sinks").joinpath("sql", f"{name}.sql").read_text()
