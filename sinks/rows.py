"""What is stored, as Arrow tables named like ClickHouse's."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal, TypeAlias, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audience.figures import Figures
from audience.levels import Levels
from audience.programmes import Programme
from audience.rules import DEFINITION

Status = Literal["provisional", "final", "restated"]
STATUSES: Final[dict[Status, int]] = {"provisional": 1, "final": 2, "restated": 3}

Reason = Literal[
    "late reports",
    "replayed quarantine",
    "new definition version",
    "reports from files",
    "other settings",
]
"""Why a figure that was final changed."""

Ids = NDArray[np.uint64]
"""uint64[n, 2]: each row an id of 16 bytes, read as two little-endian halves."""

Column: TypeAlias = "pa.Array[Any]"

NAMES: Final = pa.dictionary(pa.int32(), pa.string())
MILLISECONDS: Final = pa.timestamp("ms", "UTC")


def _schema(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema(columns)


DAYS: Final = _schema(
    ("zone", pa.string()),
    ("day", pa.date32()),
    ("channel", pa.string()),
    ("seconds", pa.int64()),
    ("peak_viewers", pa.int64()),
    ("peak_at", pa.int64()),
    ("watch_seconds", pa.int64()),
    ("reach", pa.int64()),
    ("sessions", pa.int64()),
    ("status", pa.int8()),
    ("definition", pa.int16()),
    ("version", pa.int64()),
)
RESTATEMENTS: Final = _schema(
    ("zone", pa.string()),
    ("day", pa.date32()),
    ("channel", pa.string()),
    ("figure", pa.string()),
    ("before", pa.float64()),
    ("after", pa.float64()),
    ("reason", pa.string()),
    ("note", pa.string()),
    ("at", MILLISECONDS),
)
PROGRAMMES: Final = _schema(
    ("channel", pa.string()),
    ("start", pa.int64()),
    ("end", pa.int64()),
    ("title", pa.string()),
    ("special", pa.uint8()),
    ("source", pa.string()),
    ("removed", pa.uint8()),
    ("version", pa.int64()),
)


@dataclass(frozen=True, slots=True)
class Attended:
    """Sessions with a watched final second of a day; `channel`, int32[n], indexes `channels`."""

    viewer: Ids
    session: Ids
    channel: NDArray[np.int32]
    channels: Sequence[str]


@dataclass(frozen=True, slots=True)
class LevelsOf:
    """Final levels of a partition.

    `shown`, int64[channels, seconds] like the levels: the viewers that were shown live; -1, or
    no array, where that is not known (a replay does not know it, and leaves what is known).
    """

    levels: Levels
    partition: int = 0
    shown: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Restatement:
    """A figure (a column of `days`) that a backfill changed; None: there was none."""

    zone: str
    day: dt.date
    channel: str
    figure: str
    before: float | None
    after: float | None
    reason: Reason
    note: str = ""


def of_reports(reports: pa.RecordBatch | pa.Table) -> pa.Table:
    """Of reports in the log's schema, in one piece.

    What counts milliseconds is said to be a time, and names are numbered alike throughout: there
    may be more of them than in a batch.
    """
    rows = pa.Table.from_batches([reports]) if isinstance(reports, pa.RecordBatch) else reports
    for at, each in enumerate(rows.schema):
        if each.name in ("t", "received"):
            rows = rows.set_column(at, each.name, rows.column(at).cast(MILLISECONDS))
        elif pa.types.is_dictionary(each.type):
            rows = rows.set_column(at, each.name, rows.column(at).cast(NAMES))
    return rows.unify_dictionaries().combine_chunks()


def of_levels(given: LevelsOf) -> pa.Table:
    """Of every channel and second with someone watching or shown."""
    levels, shown = given.levels, given.shown
    known = np.full(levels.viewers.shape, -1, np.int64) if shown is None else shown
    row, column = np.nonzero((levels.viewers > 0) | (known > 0))
    return pa.table(
        {
            "second": pa.array(column + levels.first, pa.int64()),
            "channel": _names(row.astype(np.int32), levels.channels),
            "partition": _same(given.partition, len(column)),
            "viewers": pa.array(levels.viewers[row, column]),
            "sessions": pa.array(levels.sessions[row, column]),
            "shown_viewers": pa.array(known[row, column], mask=known[row, column] < 0),
            "version": _same(0 if shown is None else 1, len(column)),
        }
    )


def of_restated(levels: pa.Table) -> pa.Table:
    """Of columns channel, second, viewers and sessions: all of them in partition 0."""
    zeros = _same(0, levels.num_rows)
    return levels.append_column("partition", zeros).append_column("version", zeros)


def of_attendance(zone: str, day: dt.date, attended: Attended) -> pa.Table:
    """A row a session."""
    n = len(attended.channel)
    return pa.table(
        {
            "zone": _same(zone, n),
            "day": _same(day, n),
            "channel": _names(attended.channel, attended.channels),
            "viewer": _ids(attended.viewer),
            "session": _ids(attended.session),
        }
    )


def to_attended(rows: pa.Table) -> Attended:
    """Back from the columns channel, viewer and session."""
    codes: dict[str, int] = {}
    channels = cast("list[str]", rows["channel"].to_pylist())
    channel = [codes.setdefault(name, len(codes)) for name in channels]
    return Attended(
        viewer=_halves(rows["viewer"]),
        session=_halves(rows["session"]),
        channel=np.array(channel, np.int32),
        channels=list(codes),
    )


def of_days(
    zone: str, day: dt.date, figures: Mapping[str, Figures], status: Status, at: int
) -> pa.Table:
    """A row a channel; `at` (ms since the epoch) is when they were found."""
    rank = STATUSES[status]
    same = {"zone": zone, "day": day, "status": rank, "definition": DEFINITION}
    # A settled day must not be undone by a process that counts it again.
    same["version"] = (rank << 48) + at
    rows = [
        same | {"channel": channel} | {f.name: getattr(each, f.name) for f in fields(each)}
        for channel, each in figures.items()
    ]
    return pa.Table.from_pylist(rows, DAYS)


def of_restatements(restatements: Sequence[Restatement], at: int) -> pa.Table:
    """A row a figure; `at` (ms since the epoch) is when they were restated."""
    rows = [{f.name: getattr(each, f.name) for f in fields(each)} for each in restatements]
    when = dt.datetime.fromtimestamp(at / 1000, dt.UTC)
    return pa.Table.from_pylist([row | {"at": when} for row in rows], RESTATEMENTS)


def of_progress(values: Mapping[str, int]) -> pa.Table:
    """A row a name; the larger value of a name holds."""
    numbers = pa.array(values.values(), pa.int64())
    return pa.table({"name": list(values), "value": numbers, "version": numbers})


def of_programmes(put: Sequence[Programme], removed: Sequence[Programme], at: int) -> pa.Table:
    """A row a programme; `at` (ms since the epoch) is when they were imported."""
    rows = [
        asdict(each) | {"special": int(each.special), "removed": gone, "version": at}
        for gone, programmes in enumerate((put, removed))
        for each in programmes
    ]
    return pa.Table.from_pylist(rows, PROGRAMMES)


def _names(codes: NDArray[np.int32], of: Sequence[str]) -> Column:
    return pa.DictionaryArray.from_arrays(codes, pa.array(list(of), pa.string()))


def _same(value: str | int | dt.date, n: int) -> Column:
    return pa.repeat(pa.scalar(value), n)


def _ids(halves: Ids) -> Column:
    data = pa.py_buffer(np.ascontiguousarray(halves, "<u8").tobytes())
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(halves), [None, data])


def _halves(ids: "pa.ChunkedArray[Any]") -> Ids:
    joined = b"".join(cast("list[bytes]", ids.to_pylist()))
    return np.frombuffer(joined, "<u8").reshape(-1, 2)
