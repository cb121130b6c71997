"""How reports are written in the log and in Kafka: a record is one Arrow batch; and JSON lines."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final, cast, get_args

import msgspec
import numpy as np
import pyarrow as pa
from msgspec.structs import astuple
from numpy.typing import NDArray

from audience.reports import Clock, Report, Reports
from audience.states import RANK

CONTENT_TYPE: Final = "application/vnd.apache.arrow.stream"
JSON_LINES: Final = "application/json"

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

_LAST_MS: Final = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z
_RANGES: Final = {
    "t": (0, _LAST_MS),
    "received": (0, _LAST_MS),
    "interval": (1, 600_000),  # ms; the longest that any setting allows
    "seq": (0, 2**63 - 1),
}
_CHANNEL: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ID: Final = re.compile(r"[0-9a-f]{32}")
_CLOCKS: Final[tuple[Clock, ...]] = get_args(Clock)
_CLOCK_CODE: Final = {clock: code for code, clock in enumerate(_CLOCKS)}
_STATE_OF: Final = {rank: state for state, rank in RANK.items()}

_lines = msgspec.json.Decoder(Report)
_writer = msgspec.json.Encoder()


class Reject(Exception):
    """These bytes are not reports: set them aside, do not try again. The message says which."""


class Split(Exception):
    """Too many different names in a column: hand in fewer reports at once, at most MAX_BATCH."""


def encode(reports: Sequence[Report]) -> bytes:
    """A record of these reports, in this order: a self-contained Arrow IPC stream of one batch.

    They are taken to be what `Report` says; raises Split beyond what a batch can hold.
    """
    return to_bytes(to_batch(reports))


def to_bytes(batch: pa.RecordBatch) -> bytes:
    """The record of a batch that has SCHEMA."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as stream:
        stream.write_batch(batch)
    return sink.getvalue().to_pybytes()


def to_batch(reports: Sequence[Report]) -> pa.RecordBatch:
    """The same reports as a batch that has SCHEMA; raises Split."""
    if not reports:
        return pa.RecordBatch.from_pylist([], SCHEMA)
    return _batch(list(zip(*map(astuple, reports), strict=True)), _id_bytes)


def decode(data: bytes | pa.Buffer) -> pa.RecordBatch:
    """The batch of a record, over the same memory. Raises Reject when it is not one of reports."""
    try:
        stream = pa.ipc.open_stream(data)
        batch = stream.read_next_batch()
        more = next(stream, None)
    except (pa.ArrowException, OSError, StopIteration) as error:
        message = f"not an Arrow stream: {type(error).__name__}"
        raise Reject(message) from error
    if more is not None or not batch.schema.equals(SCHEMA):
        message = "not one batch with the columns of reports"
        raise Reject(message)
    return batch


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


def to_json_lines(batch: pa.RecordBatch) -> bytes:
    """The reports of a batch that has SCHEMA as stored reports: a JSON object a line."""
    return _writer.encode_lines(to_reports(batch))


def from_json_lines(data: bytes, identify: Callable[[str], str]) -> pa.RecordBatch:
    """Stored reports, a JSON object a line, as a batch; blank lines are passed over.

    A `viewer` or `session` that is not 32 lower-case hex digits becomes `identify` of it.
    A negative playhead is unknown. Raises Reject naming the first bad line, counted from 1;
    raises Split, which MAX_BATCH lines never do.
    """
    try:
        reports = _lines.decode_lines(data)
        if not reports:
            return to_batch([])
        fields = list(zip(*map(astuple, reports), strict=True))
        batch = _batch(fields, lambda ids: _identified(ids, identify))
        if _in_range(batch):
            return batch
    except (ValueError, OverflowError, RecursionError) as error:
        raise _first_fault(data) or error from error
    raise _first_fault(data) or Reject("a report is out of range")


def _batch(fields: Sequence[Any], ids: Callable[[Sequence[str]], bytes]) -> pa.RecordBatch:
    """A batch from the fields of `Report`, each a sequence over all reports."""
    (t, viewer, session, channel, state, playhead, interval, seq, received, clock, *rest) = fields
    return pa.RecordBatch.from_arrays(
        [
            _integers(pa.int64(), t),
            _ids(ids(viewer)),
            _ids(ids(session)),
            _names(channel),
            _codes(RANK, state),
            _playheads(playhead),
            _integers(pa.int32(), interval),
            _integers(pa.int64(), seq),
            _integers(pa.int64(), received),
            _codes(_CLOCK_CODE, clock),
            *map(_names, rest),
        ],
        schema=SCHEMA,
    )


def _array(kind: pa.DataType, values: NDArray[Any]) -> "pa.Array[Any]":
    # Not by pa.array: where pandas is installed its first call imports that, and takes a second.
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(cast("Any", values))])


def _integers(kind: pa.DataType, values: Sequence[int]) -> "pa.Array[Any]":
    return _array(kind, np.fromiter(values, kind.to_pandas_dtype(), len(values)))


def _codes(code: Mapping[Any, int], values: Sequence[Any]) -> "pa.Array[Any]":
    return _array(pa.int8(), np.frombuffer(bytes(map(code.__getitem__, values)), np.int8))


def _playheads(playheads: Sequence[float | None]) -> "pa.Array[Any]":
    listed = [-1.0 if playhead is None else playhead for playhead in playheads]
    known = np.fromiter(listed, np.float64, len(listed))
    # -0.0 >= 0, and adding 0.0 makes it 0.0: equal playheads must be equal bytes.
    return _array(pa.float64(), np.where(known >= 0, known + 0.0, -1.0))


def _names(names: Sequence[str]) -> "pa.Array[Any]":
    # Sorted, so that equal reports are equal bytes in every process.
    codes = {name: code for code, name in enumerate(sorted(set(names)))}
    if len(codes) > MAX_BATCH:
        message = f"{len(codes)} different names in one column, a batch holds {MAX_BATCH}"
        raise Split(message)
    if len(codes) == 1:
        indices = np.zeros(len(names), np.int16)
    else:
        indices = np.fromiter(map(codes.__getitem__, names), np.int16, len(names))
    return pa.DictionaryArray.from_arrays(_array(pa.int16(), indices), _strings(codes))


def _strings(texts: Collection[str]) -> "pa.Array[Any]":
    raw = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, raw)], dtype=np.int32)
    buffers = [None, pa.py_buffer(cast("Any", ends)), pa.py_buffer(b"".join(raw))]
    return pa.Array.from_buffers(pa.string(), len(raw), buffers)


def _ids(raw: bytes) -> "pa.Array[Any]":
    return pa.Array.from_buffers(pa.binary(16), len(raw) // 16, [None, pa.py_buffer(raw)])


def _id_bytes(ids: Sequence[str]) -> bytes:
    return bytes.fromhex("".join(ids))


def _identified(ids: Sequence[str], identify: Callable[[str], str]) -> bytes:
    joined = "\n".join(ids)
    try:
        raw = bytes.fromhex(joined)
        # The common case in three passes of C: all are 32 lower-case hex digits already.
        if raw.hex("\n", 16) == joined:
            return raw
    except ValueError:
        pass
    if "" in ids:
        message = "an empty id"
        raise ValueError(message)
    known = {raw: raw if _ID.fullmatch(raw) else identify(raw) for raw in set(ids)}
    return _id_bytes([known[raw] for raw in ids])


def _spelled(array: "pa.Array[Any]") -> list[Any]:
    """A column as Python's numbers and strings."""
    if isinstance(array, pa.DictionaryArray):
        names = array.dictionary.to_pylist()
        return [names[code] for code in _spelled(array.indices)]
    if isinstance(array, pa.FixedSizeBinaryArray):
        return [cast("bytes", raw).hex() for raw in array.to_pylist()]
    values: list[Any] = _values(array, array.type.to_pandas_dtype()).tolist()
    return values


def _values(array: "pa.Array[Any]", kind: type[np.generic]) -> NDArray[Any]:
    # Straight from the buffer: a third of the time of Array.to_numpy, which also imports pandas.
    values: NDArray[Any] = np.frombuffer(cast("Any", array.buffers()[1]), kind)
    return values[array.offset : array.offset + len(array)]


def _halves(array: "pa.Array[Any]") -> NDArray[np.uint64]:
    raw: NDArray[np.uint64] = np.frombuffer(cast("Any", array.buffers()[1]), "<u8")
    return raw.reshape(-1, 2)[array.offset : array.offset + len(array)]


def _in_range(batch: pa.RecordBatch) -> bool:
    reports = columns(batch)
    return all(
        least <= getattr(reports, name).min() and getattr(reports, name).max() <= most
        for name, (least, most) in _RANGES.items()
    ) and all(map(_CHANNEL.fullmatch, reports.channels))


def _first_fault(data: bytes) -> Reject | None:
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip() and (fault := _fault(line)):
            # Escaped and cut: a message of this size can go to a log line whatever the input was.
            return Reject(f"line {number}: {ascii(fault)[1:-1][:200]}")
    return None


def _fault(line: bytes) -> str | None:
    try:
        report = _lines.decode(line)
        "".join((report.viewer, report.session, *astuple(report)[10:])).encode()
    except (ValueError, RecursionError) as error:
        return str(error)
    return next(_faults(report), None)


def _faults(report: Report) -> Iterator[str]:
    for name, (least, most) in _RANGES.items():
        if not least <= getattr(report, name) <= most:
            yield f"{name} must be {least}..{most}"
    if not _CHANNEL.fullmatch(report.channel):
        yield f"channel must match {_CHANNEL.pattern}"
    for name in ("viewer", "session"):
        if not getattr(report, name):
            yield f"{name} must not be empty"
