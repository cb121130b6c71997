"""Reports as an Arrow batch: the columns of the log, of Kafka records and of storage."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, cast, get_args

import numpy as np
import pyarrow as pa
from msgspec.structs import astuple
from numpy.typing import NDArray

from audience.reports import Clock, Report, Reports
from audience.states import RANK

_NAME = pa.dictionary(pa.int16(), pa.string())
_FIELDS: Final[list["pa.Field[Any]"]] = [
    pa.field("t", pa.int64(), nullable=False),  # ms since the epoch
    pa.field("viewer", pa.binary(16), nullable=False),
    pa.field("session", pa.binary(16), nullable=False),
    pa.field("channel", _NAME, nullable=False),
    pa.field("state", pa.int8(), nullable=False),  # rank, 0: unnamed
    pa.field("playhead", pa.float64(), nullable=False),  # seconds, -1: unknown
    pa.field("interval", pa.int32(), nullable=False),  # ms
    pa.field("seq", pa.int64(), nullable=False),
    pa.field("received", pa.int64(), nullable=False),  # ms since the epoch
    pa.field("clock", pa.int8(), nullable=False),  # 0: client, 1: server
    pa.field("protocol", _NAME, nullable=False),
    pa.field("platform", _NAME, nullable=False),
    pa.field("app", _NAME, nullable=False),
    pa.field("country", _NAME, nullable=False),
]
SCHEMA: Final = pa.schema(_FIELDS)
"""The columns of a batch, named as the fields of `Report`."""

MAX_BATCH: Final = 32_767
"""So many reports always fit a batch: an int16 can count their different names."""

COUNTED: Final = 9
"""So many of the fields come first and are what the definition reads, and `received`."""

_CLOCKS: Final[tuple[Clock, ...]] = get_args(Clock)
_CLOCK_CODE: Final = {clock: code for code, clock in enumerate(_CLOCKS)}
_STATE_OF: Final = {rank: state for state, rank in RANK.items()}


class Split(Exception):
    """Too many different names in a column: hand in fewer reports at once, at most MAX_BATCH."""


def to_batch(reports: Sequence[Report]) -> pa.RecordBatch:
    """The same reports as a batch that has SCHEMA; raises Split."""
    fields = fields_of(reports)
    return batch_of(counted(fields, id_bytes), fields[COUNTED:])


def columns(batch: pa.RecordBatch) -> Reports:
    """What the definition reads of a batch that has SCHEMA, over its memory (`channel` apart)."""
    channel: Any = batch.column(3)
    return Reports(
        t=_values(batch.column(0), np.int64),
        viewer=_halves(batch.column(1)),
        session=_halves(batch.column(2)),
        channel=_values(channel.indices, np.int16).astype(np.int32),
        channels=channel.dictionary.to_pylist(),
        state=_values(batch.column(4), np.int8),
        playhead=_values(batch.column(5), np.float64),
        interval=_values(batch.column(6), np.int32),
        seq=_values(batch.column(7), np.int64),
        received=_values(batch.column(8), np.int64),
    )


def to_reports(batch: pa.RecordBatch) -> list[Report]:
    """The reports of a batch that has SCHEMA, in its order."""
    return [
        Report(
            t=t,
            viewer=viewer,
            session=session,
            channel=channel,
            state=_STATE_OF[rank],
            playhead=None if playhead < 0 else playhead,
            interval=interval,
            seq=seq,
            received=received,
            clock=_CLOCKS[clock],
            protocol=protocol,
            platform=platform,
            app=app,
            country=country,
        )
        for (
            t, viewer, session, channel, rank, playhead, interval, seq, received, clock,
            protocol, platform, app, country,
        ) in zip(*map(_spelled, batch.columns), strict=True)
    ]  # fmt: skip


def fields_of(reports: Sequence[Any]) -> Sequence[Sequence[Any]]:
    """The fields of structs that begin as Report does, each a sequence over all of them."""
    return list(zip(*map(astuple, reports), strict=True)) or [()] * len(SCHEMA)


def counted(fields: Sequence[Sequence[Any]], id_bytes: Callable[[Sequence[str]], bytes]) -> Reports:
    """Columns from the first COUNTED fields; `id_bytes` makes 16 bytes of each id."""
    t, viewer, session, channel, state, playhead, interval, seq, received = fields[:COUNTED]
    indices, channels = _coded(channel)
    return Reports(
        t=np.fromiter(t, np.int64, len(t)),
        viewer=np.frombuffer(id_bytes(viewer), "<u8").reshape(-1, 2),
        session=np.frombuffer(id_bytes(session), "<u8").reshape(-1, 2),
        channel=indices,
        channels=channels,
        state=_codes(RANK, state),
        playhead=_playheads(playhead),
        interval=np.fromiter(interval, np.int32, len(interval)),
        seq=np.fromiter(seq, np.int64, len(seq)),
        received=np.fromiter(received, np.int64, len(received)),
    )


def batch_of(reports: Reports, rest: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    """The batch of these columns and of the other fields; raises Split."""
    clock, *names = rest
    arrays = [
        _array(pa.int64(), reports.t),
        _array(pa.binary(16), reports.viewer),
        _array(pa.binary(16), reports.session),
        _names(reports.channel, reports.channels),
        _array(pa.int8(), reports.state),
        _array(pa.float64(), reports.playhead),
        _array(pa.int32(), reports.interval),
        _array(pa.int64(), reports.seq),
        _array(pa.int64(), reports.received),
        _array(pa.int8(), _codes(_CLOCK_CODE, clock)),
        *(_names(*_coded(column)) for column in names),
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def id_bytes(ids: Sequence[str]) -> bytes:
    """Ids of 32 hex digits, 16 bytes each."""
    return bytes.fromhex("".join(ids))


def _coded(names: Sequence[str]) -> tuple[NDArray[np.int32], Sequence[str]]:
    # Sorted, so that equal reports are equal bytes in every process.
    different = sorted(set(names))
    if len(different) <= 1:
        return np.zeros(len(names), np.int32), different
    codes = {name: code for code, name in enumerate(different)}
    return np.fromiter(map(codes.__getitem__, names), np.int32, len(names)), different


def _codes(code: Mapping[Any, int], values: Sequence[Any]) -> NDArray[np.int8]:
    return np.frombuffer(bytes(map(code.__getitem__, values)), np.int8)


def _playheads(playheads: Sequence[float | None]) -> NDArray[np.float64]:
    listed = [-1.0 if playhead is None else playhead for playhead in playheads]
    known = np.fromiter(listed, np.float64, len(listed))
    # -0.0 >= 0, and adding 0.0 makes it 0.0: equal playheads must be equal bytes.
    return np.where(known >= 0, known + 0.0, -1.0)


def _array(kind: pa.DataType, values: NDArray[Any]) -> "pa.Array[Any]":
    # Not by pa.array: where pandas is installed its first call imports that, and takes a second.
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(cast("Any", values))])


def _names(indices: NDArray[np.int32], names: Collection[str]) -> "pa.Array[Any]":
    if len(names) > MAX_BATCH:
        message = f"{len(names)} different names in one column, a batch holds {MAX_BATCH}"
        raise Split(message)
    codes = _array(pa.int16(), indices.astype(np.int16))
    raw = [name.encode() for name in names]
    ends: Any = np.cumsum([0, *map(len, raw)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(raw))]
    texts = pa.Array.from_buffers(pa.string(), len(raw), buffers)
    return pa.DictionaryArray.from_arrays(cast("Any", codes), texts)


def _values(array: "pa.Array[Any]", kind: type[np.generic]) -> NDArray[Any]:
    # Straight from the buffer: a third of the time of Array.to_numpy, which also imports pandas.
    values: NDArray[Any] = np.frombuffer(cast("Any", array.buffers()[1]), kind)
    return values[array.offset : array.offset + len(array)]


def _halves(array: "pa.Array[Any]") -> NDArray[np.uint64]:
    raw: NDArray[np.uint64] = np.frombuffer(cast("Any", array.buffers()[1]), "<u8")
    return raw.reshape(-1, 2)[array.offset : array.offset + len(array)]


def _spelled(array: "pa.Array[Any]") -> list[Any]:
    """A column as Python's numbers and strings."""
    if isinstance(array, pa.DictionaryArray):
        names = array.dictionary.to_pylist()
        return [names[code] for code in _spelled(array.indices)]
    if isinstance(array, pa.FixedSizeBinaryArray):
        return [cast("bytes", raw).hex() for raw in array.to_pylist()]
    values: list[Any] = _values(array, array.type.to_pandas_dtype()).tolist()
    return values
