"""Storage: a month of levels and a day of reports in; the queries of pages and dashboards out.

`python bench/storage.py [days] [million reports]`. Insert rates and milliseconds depend on the
machine; bytes a row do not.
"""

import datetime as dt
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audience.days import Day
from audience.figures import Figures
from audience.levels import Levels
from audience.rules import Rules
from sinks import definition
from sinks.chdb import ChdbEngine
from sinks.clickhouse import ServerEngine
from sinks.engine import Engine
from sinks.migrate import migrate
from sinks.rows import Attended, LevelsOf
from sinks.store import Store
from tests.sinks.native_bridge import Bridge

ZONE = ZoneInfo("Asia/Jakarta")
Numbers = NDArray[np.int64]
FIRST = Day(dt.date(2026, 11, 1), ZONE)
CHANNELS = ("*", *(f"channel-{n}" for n in range(9)))
HOUR = 3_600
INTERVAL = 30
STAYS = 40  # reports of a session
PIECE = 200_000  # reports in an insert
TIMES = 5


def main(days: int, reports: int) -> None:
    """Fill, ask, and print."""
    with ChdbEngine.temporary() as engine:
        migrate(engine)
        store = Store(engine)
        print(f"{days} days of levels, {len(CHANNELS)} channels, in inserts of an hour")
        rate(levels(days), lambda each: store.insert_levels(LevelsOf(each)), _cells)
        put_days(store, days)
        print(f"a day of {reports:,} reports, in inserts of {PIECE:,}")
        rate(batches(reports), store.insert_reports, len)
        print("their attendance")
        rate(
            attended(reports), lambda each: store.insert_attendance(ZONE.key, FIRST.date, each), _n
        )
        over_the_protocol(engine)
        for table in ("levels", "reports", "attendance"):
            engine.execute(f"OPTIMIZE TABLE {table} FINAL")
            size(engine, table)
        ask(engine, store, days)


def levels(days: int) -> Iterator[Levels]:
    """Audiences that wander, hour by hour."""
    made = np.random.default_rng(1)
    around = np.geomspace(20_000, 50, len(CHANNELS))[:, None]
    drift = np.zeros((len(CHANNELS), 1))
    for hour in range(days * 24):
        steps = made.normal(0, 0.0005, (len(CHANNELS), HOUR))
        walk = drift + steps.cumsum(axis=1)
        drift = walk[:, -1:] * 0.9
        daily = 1.2 + np.sin(hour / 24 * 2 * np.pi)
        viewers = (around * daily * np.exp(walk)).astype(np.int32)
        sessions = viewers + viewers // 20
        yield Levels(CHANNELS, FIRST.first + hour * HOUR, viewers, sessions)


def batches(reports: int) -> Iterator[pa.RecordBatch]:
    """A day of sessions that report each 30 s and stay for 20 minutes, in order of receipt."""
    made = np.random.default_rng(2)
    steps = 86_400 // INTERVAL
    sessions = max(reports // steps, 1)
    at_once = max(PIECE // sessions, 1)
    for step in range(0, steps, at_once):
        time_of = np.arange(step, min(step + at_once, steps)).repeat(sessions)
        seat = np.tile(np.arange(sessions), len(time_of) // sessions)
        number, seq = np.divmod(time_of + seat, STAYS)
        yield batch(made, seat, number, seq, (time_of * INTERVAL + FIRST.first) * 1000)


def batch(
    made: np.random.Generator, seat: Numbers, number: Numbers, seq: Numbers, at: Numbers
) -> pa.RecordBatch:
    """Who sits in a seat changes with its number."""
    n = len(seat)
    t = at + seat * 37 % (INTERVAL * 1000) + made.integers(0, 200, n)
    return pa.RecordBatch.from_pydict(
        {
            "t": t,
            "viewer": ids(seat * 1_000 + number),
            "session": ids(seat * 1_000 + number + (1 << 40)),
            "channel": names("channel", seat * 7919 % 97 % 9),
            "state": np.where(seq == 0, 2, 3).astype(np.int8),
            "playhead": seq * 30.0 + made.random(n).round(3),
            "interval": np.full(n, INTERVAL * 1000, np.int32),
            "seq": seq.astype(np.int64),
            "received": t + made.integers(20, 400, n),
            "clock": np.zeros(n, np.int8),
            "protocol": names("protocol", seat % 3),
            "platform": names("platform", seat % 5),
            "app": names("app", seat % 8),
            "country": names("country", seat % 50 // 45),
        }
    )


def ids(numbers: Numbers) -> "pa.Array[Any]":
    """16 bytes for each, as hashes are: without any order."""
    halves = mixed(numbers)
    return pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(halves), [None, pa.py_buffer(halves.tobytes())]
    )


def mixed(numbers: Numbers) -> NDArray[np.uint64]:
    """uint64[n, 2] that look like hashes."""
    low = numbers.astype(np.uint64)
    halves = [(low + np.uint64(n)) * np.uint64(0x9E3779B97F4A7C15) for n in (1, 2)]
    return np.stack([half ^ (half >> np.uint64(29)) for half in halves], axis=1)


def names(of: str, codes: Numbers) -> "pa.Array[Any]":
    """A column of names."""
    known = pa.array([f"{of}-{n}" for n in range(int(codes.max()) + 1)])
    return pa.DictionaryArray.from_arrays(codes.astype(np.int16), known)


def attended(reports: int) -> Iterator[Attended]:
    """The sessions of that day."""
    steps = 86_400 // INTERVAL
    sessions = max(reports // steps, 1)
    seat = np.arange(sessions).repeat(steps // STAYS)
    number = np.tile(np.arange(steps // STAYS), sessions)
    viewer = mixed(seat * 1_000 + number)
    session = mixed(seat * 1_000 + number + (1 << 40))
    channel = (seat * 7919 % 97 % 9).astype(np.int32)
    yield Attended(viewer, session, channel, CHANNELS[1:])


def put_days(store: Store, days: int) -> None:
    """Figures of each day."""
    day = FIRST
    for n in range(days):
        figures = Figures(86_400, 1_000 + n, day.first, 86_400 * 500, 5_000, 6_000)
        store.put_days(
            ZONE.key, day.date, dict.fromkeys(CHANNELS, figures), "final", day.end * 1000
        )
        day = day.next


def rate(pieces: Iterator[Any], insert: Callable[[Any], None], count: Callable[[Any], int]) -> None:
    """Insert all of them, and say how fast."""
    rows, took = 0, 0.0
    for piece in pieces:
        begun = time.perf_counter()
        insert(piece)
        took += time.perf_counter() - begun
        rows += count(piece)
    print(f"  {rows:>12,} rows in {took:6.1f} s: {rows / took:>12,.0f} rows/s")


def over_the_protocol(engine: ChdbEngine) -> None:
    """Reports by clickhouse-driver, to a bridge in front of the same engine."""
    engine.execute("CREATE TABLE reached AS reports")
    with Bridge(str(engine.path), ("u", "p")) as bridge:
        server = ServerEngine(f"clickhouse://u:p@127.0.0.1:{bridge.port}/default")
        pieces = list(batches(2_000_000))
        print("2 million reports over the native protocol, engine and bridge in this process")
        cpu = time.thread_time()
        rate(iter(pieces), lambda each: Store(server).insert_reports(each, "reached"), len)
        print(f"  of that CPU of the client: {time.thread_time() - cpu:.2f} s")
        server.close()


def size(engine: Engine, table: str) -> None:
    """Bytes on disk, of a row and of each column of it."""
    found = engine.query(
        "SELECT column, toInt64(sum(column_data_compressed_bytes)) AS bytes,"
        " toInt64(sum(rows)) AS n FROM system.parts_columns WHERE active AND database ="
        " currentDatabase() AND table = {table:String} GROUP BY column ORDER BY bytes DESC",
        {"table": table},
    ).to_pylist()
    whole = engine.query(
        "SELECT toInt64(sum(bytes_on_disk)) AS bytes FROM system.parts WHERE active"
        " AND database = currentDatabase() AND table = {table:String}",
        {"table": table},
    )
    rows = found[0]["n"]
    columns = ", ".join(f"{each['column']} {each['bytes'] / rows:.2f}" for each in found[:6])
    total: int = whole["bytes"][0].as_py()
    print(f"{table}: {rows:,} rows, {total / 1e6:.0f} MB, {total / rows:.2f} B a row: {columns}")


def ask(engine: Engine, store: Store, days: int) -> None:
    """The questions of pages, API, dashboards and of those who close days."""
    last = FIRST
    for _ in range(days - 1):
        last = last.next
    noon = last.first + 12 * HOUR
    report = "SELECT day, max(peak) AS most FROM (SELECT toDate(second, {zone:String}) AS day,"
    report += " second, sum(viewers) AS peak FROM levels FINAL WHERE channel = '*'"
    report += " GROUP BY day, second) GROUP BY day ORDER BY day"
    minutes = "SELECT toInt64(toUnixTimestamp(toStartOfMinute(second))) AS at, channel,"
    minutes += " max(viewers) AS most FROM levels FINAL WHERE second >= {first:UInt32}"
    minutes += " AND second < {end:UInt32} GROUP BY at, channel ORDER BY at"
    day: dict[str, Any] = {"first": last.first, "end": last.end}
    month = (FIRST.date, last.date)
    took("levels of a channel, an hour", lambda: store.levels("channel-1", noon, noon + HOUR))
    took("levels of a channel, a day", lambda: store.levels("channel-1", *day.values()))
    took("figures of a month of days", lambda: store.days(ZONE.key, *month))
    took("what 30 new seconds add up to", lambda: store.crowds(noon, noon + 30))
    took("what a day's seconds add up to", lambda: store.crowds(last.first, last.end))
    took("reach of a day", lambda: store.reach(ZONE.key, FIRST.date))
    took("peaks by minute and channel, a day", lambda: engine.query(minutes, day))
    took("peak by day of the month", lambda: engine.query(report, {"zone": ZONE.key}))
    rules = Rules()
    took(
        "an hour of levels from raw reports",
        lambda: definition.levels(
            engine, "reports", FIRST.first + HOUR, FIRST.first + 2 * HOUR, rules
        ),
    )


def took(what: str, question: Callable[[], object]) -> None:
    """How long an answer takes: the median, and the longest."""
    spent = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        question()
        spent.append((time.perf_counter() - begun) * 1000)
    print(f"{what:<40}{statistics.median(spent):8.0f} ms, at most {max(spent):.0f}")


def _cells(each: Levels) -> int:
    return int(each.viewers.size)


def _n(each: Attended) -> int:
    return len(each.channel)


if __name__ == "__main__":
    given = [float(each) for each in sys.argv[1:]]
    main(int(given[0]) if given else 30, int((given[1] if given[1:] else 20) * 1e6))
