"""Records as our own collectors write them, read in their places.

pyarrow needs about as long for a record of some hundred reports as counting them takes. What it
writes for our schema is always laid out alike: a message with the schema, one for each dictionary,
one with the columns. All of a message's head but its lengths is compared with what pyarrow writes
here, and the lengths with each other; so whatever is laid out otherwise is noticed, and left to
pyarrow.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pyarrow as pa

from audience.reports import Reports
from ingest.log.batches import COUNTED, SCHEMA

END: Final = b"\xff\xff\xff\xff\x00\x00\x00\x00"
FRAME: Final = 8  # bytes before a head: a mark, and how long it is
WORD: Final = 4  # bytes
KEPT: Final = 1_000  # different sets of channels, and numbers of reports, that are remembered


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a dictionary's message, with its frame: `fixed` in the bits of `mask`.

    `places`: where in it (bytes) the lengths of `_sizes` stand; the number of names stands twice.
    """

    size: int
    mask: int
    fixed: int
    places: Sequence[int]

    def lengths(self, data: bytes, at: int) -> tuple[int, int, int]:
        """Of the message that begins at `at`: bytes of its body, names, bytes of their text.

        A body of no bytes: it is laid out otherwise.
        """
        head = data[at : at + self.size]
        if len(head) < self.size or int.from_bytes(head, "little") & self.mask != self.fixed:
            return 0, 0, 0
        body, count, again, ends, text, length = (
            int.from_bytes(head[place : place + WORD], "little") for place in self.places
        )
        fits = count == again and ends == WORD * (count + 1) and text == _padded(ends)
        return (body, count, length) if fits and body == text + _padded(length) else (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Columns:
    """Of so many reports: the head of their message, its body's size, where in it columns begin."""

    head: bytes
    size: int
    places: Sequence[int]


def read(data: bytes) -> Reports | None:
    """What the definition reads of a record, over its memory; None: it is laid out otherwise."""
    if not data.startswith(_SCHEMA):
        return None
    ends = [len(_SCHEMA)]
    for head in _NAMES:
        body, _, _ = head.lengths(data, ends[-1])
        if not body:
            return None
        ends.append(ends[-1] + head.size + body)
    channels = _channels(data[ends[0] : ends[1]])
    at = ends[-1]
    count = int.from_bytes(data[at + _COUNT : at + _COUNT + WORD], "little")
    if not channels or not 0 < count < len(data):
        return None
    columns = _columns(count)
    body = at + len(columns.head)
    if data[at:body] != columns.head or data[body + columns.size :] != END:
        return None
    return _reports(data, body, count, columns.places, channels)


def _reports(
    data: bytes, body: int, count: int, places: Sequence[int], channels: Sequence[str]
) -> Reports:
    t, viewer, session, channel, state, playhead, interval, seq, received = places
    return Reports(
        t=np.frombuffer(data, np.int64, count, body + t),
        viewer=np.frombuffer(data, "<u8", 2 * count, body + viewer).reshape(-1, 2),
        session=np.frombuffer(data, "<u8", 2 * count, body + session).reshape(-1, 2),
        channel=np.frombuffer(data, np.int16, count, body + channel).astype(np.int32),
        channels=channels,
        state=np.frombuffer(data, np.int8, count, body + state),
        playhead=np.frombuffer(data, np.float64, count, body + playhead),
        interval=np.frombuffer(data, np.int32, count, body + interval),
        seq=np.frombuffer(data, np.int64, count, body + seq),
        received=np.frombuffer(data, np.int64, count, body + received),
    )


@lru_cache(KEPT)
def _channels(message: bytes) -> Sequence[str]:
    """The names in the first dictionary's message; none: they are not what its head says."""
    head = _NAMES[0]
    body, count, length = head.lengths(message, 0)
    ends = struct.unpack_from(f"<{count + 1}i", message, head.size)
    if ends[0] != 0 or ends[-1] != length or any(a > b for a, b in pairwise(ends)):
        return ()
    text = message[len(message) - body + _padded(WORD * (count + 1)) :]
    try:
        return tuple(text[a:b].decode() for a, b in pairwise(ends))
    except UnicodeDecodeError:
        return ()


@lru_cache(KEPT)
def _columns(count: int) -> Columns:
    *_, message = _messages(_written(count, SHORT))
    widths = (_width(each.type) for each in SCHEMA)
    places = np.cumsum([0, *(_padded(count * width) for width in widths)]).tolist()
    return Columns(message[: -places[-1]], places[-1], places[:COUNTED])


def _width(kind: pa.DataType) -> int:
    stored = kind.index_type if isinstance(kind, pa.DictionaryType) else kind
    return stored.bit_width // 8


def _padded(size: int) -> int:
    return (size + 7) // 8 * 8


def _sizes(names: Sequence[str]) -> Sequence[int]:
    """Of a dictionary: body, names, bytes that say where they end, where text begins, its bytes."""
    ends, length = WORD * (len(names) + 1), sum(map(len, names))
    return (_padded(ends) + _padded(length), len(names), ends, _padded(ends), length)


def _written(count: int, names: Sequence[str]) -> bytes:
    """A record of so many reports of nothing, with these names in every dictionary."""
    arrays: list[pa.Array[Any]] = []
    for field in SCHEMA:
        zeros = [None, pa.py_buffer(bytes(count * _width(field.type)))]
        if isinstance(field.type, pa.DictionaryType):
            codes = pa.Array.from_buffers(field.type.index_type, count, zeros)
            of = pa.array(names, pa.string())
            arrays.append(pa.DictionaryArray.from_arrays(codes, of))
        else:
            arrays.append(pa.Array.from_buffers(field.type, count, zeros))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as stream:
        stream.write_batch(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))
    return sink.getvalue().to_pybytes()


def _messages(record: bytes) -> list[bytes]:
    """The messages of a record, each with its frame, head and body."""
    reader = pa.ipc.MessageReader.open_stream(pa.py_buffer(record))
    sizes = [
        FRAME + len(message.metadata) + (message.body.size if message.body else 0)
        for message in reader
    ]
    ends = np.cumsum([0, *sizes]).tolist()
    return [record[start:end] for start, end in pairwise(ends)]


def _words(head: bytes) -> Sequence[int]:
    return struct.unpack(f"<{len(head) // WORD}I", head)


def _places(head: bytes, other: bytes, lengths: Iterable[tuple[int, int]]) -> Sequence[int]:
    """Where (bytes) one head has the first of these lengths, and the other the second."""
    pairs = list(zip(_words(head), _words(other), strict=True))
    return [WORD * at for each in lengths for at, pair in enumerate(pairs) if pair == each]


def _head(message: bytes, other: bytes) -> Head:
    """How a dictionary's message begins, of which these have the names SHORT and LONG."""
    lengths = list(zip(_sizes(SHORT), _sizes(LONG), strict=True))
    head = message[: -lengths[0][0]]
    longer = other[: len(head)]
    same = (a == b for a, b in zip(_words(head), _words(longer), strict=True))
    mask = int.from_bytes(b"".join((b"\xff" if each else b"\0") * WORD for each in same), "little")
    fixed = int.from_bytes(head, "little") & mask
    return Head(len(head), mask, fixed, _places(head, longer, lengths))


# No two of their sizes are alike.
SHORT: Final = ("abc", "de")
LONG: Final = ("x" * 300, "y", "z", "-")
_FEW: Final = _messages(_written(3, SHORT))
_MANY: Final = _messages(_written(37, LONG))
_SCHEMA: Final = _FEW[0]
_NAMES: Final = [_head(*each) for each in zip(_FEW[1:-1], _MANY[1:-1], strict=True)]
_COUNT: Final = _places(_columns(3).head, _columns(37).head, [(3, 37)])[0]
