"""What is stored, as Arrow tables named like ClickHouse's."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audience.figures import Figures
from audience.levels import Levels
from audience.rules import DEFINITION

Status = Literal["provisional", "final", "restated"]
STATUSES: Final[dict[Status, int]] = {"provisional": 1, "final": 2, "restated": 3}

MILLISECONDS: Final = pa.timestamp("ms", "UTC")


@dataclass(frozen=True, slots=True)
class Attended:
    """Sessions with a watched final second of a day: `viewer` and `session` are uint64[n, 2], the two little-endian
    halves of an id; `channel` int32[n] indexes `channels`.
    """

    viewer: NDArray[np.uint64]
    session: NDArray[np.uint64]
    channel: NDArray[np.int32]
    channels: Sequence[str]


@dataclass(frozen=True, slots=True)
class Restatement:
    """A figure (a column of `days`) of a day and channel that a backfill changed; None: there was none."""

    zone: str
    day: dt.date
    channel: str
    figure: str
    before: float | None
    after: float | None
    reason: str


def of_reports(reports: pa.RecordBatch) -> pa.Table:
    """Of a batch in the log's schema: the same columns, with what counts milliseconds said to be a time."""
    rows = pa.Table.from_batches([reports])
    for name in ("t", "received"):
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, name, rows[name].cast(MILLISECONDS))
    return rows


def of_levels(
    levels: Levels, partition: int, shown: NDArray[np.int64] | None, version: int
) -> pa.Table:
    """Of every channel and second with someone watching or shown; `shown` as `Store.insert_levels` takes it."""
    known = np.full_like(levels.viewers, -1, np.int64) if shown is None else shown
    channel, second = np.nonzero((levels.viewers > 0) | (known > 0))
    return pa.table(
        {
            "second": pa.array(second + levels.first, pa.int64()),
            "channel": names(channel.astype(np.int32), levels.channels),
            "partition": _same(partition, len(second)),
            "viewers": pa.array(levels.viewers[channel, second]),
            "sessions": pa.array(levels.sessions[channel, second]),
            "shown_viewers": pa.array(known[channel, second], mask=known[channel, second] < 0),
            "version": _same(version, len(second)),
        }
    )


def of_restated(levels: pa.Table) -> pa.Table:
    """Of columns channel, second, viewers and sessions: all of them in partition 0."""
    n = levels.num_rows
    return levels.append_column("partition", _same(0, n)).append_column("version", _same(0, n))


def of_attendance(zone: str, day: dt.date, attended: Attended) -> pa.Table:
    """A row a session."""
    n = len(attended.channel)
    return pa.table(
        {
            "zone": _same(zone, n),
            "day": _same(day, n),
            "channel": names(attended.channel, attended.channels),
            "viewer": _ids(attended.viewer),
            "session": _ids(attended.session),
        }
    )


def to_attended(rows: pa.Table) -> Attended:
    """Back from the columns channel, viewer and session."""
    channel = rows["channel"].combine_chunks().dictionary_encode()
    return Attended(
        viewer=_halves(rows["viewer"]),
        session=_halves(rows["session"]),
        channel=channel.indices.to_numpy(zero_copy_only=False).astype(np.int32),
        channels=channel.dictionary.to_pylist(),
    )


def of_days(
    zone: str, day: dt.date, figures: Mapping[str, Figures], status: Status, at: int
) -> pa.Table:
    """A row a channel; `at` (ms since the epoch) is when it was found."""
    rows = [
        {
            "zone": zone,
            "day": day,
            "channel": channel,
            "seconds": each.seconds,
            "peak_viewers": each.peak_viewers,
            "peak_at": each.peak_at,
            "watch_seconds": each.watch_seconds,
            "reach": each.reach,
            "sessions": each.sessions,
            "status": STATUSES[status],
            "definition": DEFINITION,
            # A settled day must not be undone by a process that counts it again.
            "version": (STATUSES[status] << 48) + at,
        }
        for channel, each in figures.items()
    ]
    return pa.Table.from_pylist(rows, DAYS)


def of_restatements(restatements: Sequence[Restatement], at: int) -> pa.Table:
    """A row a figure; `at` (ms since the epoch) is when it was restated."""
    fields = Restatement.__slots__
    rows = {name: [getattr(each, name) for each in restatements] for name in fields}
    return pa.table(
        rows | {"at": pa.array([at] * len(restatements), MILLISECONDS)},
        schema=RESTATEMENTS,
    )


DAYS: Final = pa.schema(
    {
        "zone": pa.string(),
        "day": pa.date32(),
        "channel": pa.string(),
        "seconds": pa.int64(),
        "peak_viewers": pa.int64(),
        "peak_at": pa.int64(),
        "watch_seconds": pa.int64(),
        "reach": pa.int64(),
        "sessions": pa.int64(),
        "status": pa.int8(),
        "definition": pa.int16(),
        "version": pa.int64(),
    }
)
RESTATEMENTS: Final = pa.schema(
    {
        "at": MILLISECONDS,
        "zone": pa.string(),
        "day": pa.date32(),
        "channel": pa.string(),
        "figure": pa.string(),
        "before": pa.float64(),
        "after": pa.float64(),
        "reason": pa.string(),
    }
)


def names(codes: NDArray[np.int32], of: Sequence[str]) -> pa.Array:
    """Strings by their codes."""
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(of), pa.string()))


def _same(value: object, n: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), n)


def _ids(halves: NDArray[np.uint64]) -> pa.Array:
    data = pa.py_buffer(np.ascontiguousarray(halves, "<u8"))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(halves), [None, data])


def _halves(ids: pa.ChunkedArray) -> NDArray[np.uint64]:
    joined = b"".join(ids.to_pylist())
    return np.frombuffer(joined, "<u8").reshape(-1, 2)
