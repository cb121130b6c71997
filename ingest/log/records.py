"""How the local log writes a record: a header that can be recognised and checked, then the payload.

The header says where the record lies, so neither a stale block nor a copy inside a payload passes
for one.
"""

import os
import struct
import zlib
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

# Magic, bytes stored, bytes unpacked, reports, position, first and latest receipt; then the CRC.
_HEAD: Final = struct.Struct("<4sIIIqqq")
_CRC: Final = struct.Struct("<I")
_MAGIC: Final = b"PnL\x01"
_CHUNK: Final = 1 << 20
HEADER: Final = _HEAD.size + _CRC.size

# A third of the bytes go for 2 ns a report; the sparse metadata of a small batch shrinks most.
_codec = pa.Codec("lz4_raw")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be appended: `count` reports, received from `first` to `last` (ms)."""

    payload: bytes
    count: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Record:
    """What was appended: it lies at `position`, the following one at `next`.

    `first`: when the first of its `count` reports was received (ms). `received`: the latest receipt
    in this record and all before it (ms), so it never falls even if the clock was set back.
    """

    position: int
    next: int
    count: int
    first: int
    received: int
    payload: bytes


def pack(entry: Entry, position: int, received: int) -> bytes:
    """The bytes of a record that lies at `position`; `received` as in Record."""
    stored: bytes = _codec.compress(entry.payload, asbytes=True)
    size = len(entry.payload)
    head = _HEAD.pack(_MAGIC, len(stored), size, entry.count, position, entry.first, received)
    return head + _CRC.pack(zlib.crc32(stored, zlib.crc32(head))) + stored


def read(fd: int, base: int, position: int, end: int) -> Record | None:
    """The record at `position` of the file that begins at `base`; None: none that ends by `end`."""
    head = os.pread(fd, HEADER, position - base)
    if len(head) < HEADER or not head.startswith(_MAGIC):
        return None
    _, length, size, count, written, first, received = _HEAD.unpack_from(head)
    following = position + HEADER + length
    if written != position or following > end:
        return None
    stored = os.pread(fd, length, position - base + HEADER)
    if _CRC.unpack_from(head, _HEAD.size)[0] != zlib.crc32(stored, zlib.crc32(head[: _HEAD.size])):
        return None
    payload = _codec.decompress(stored, size, asbytes=True)
    return Record(position, following, count, first, received, payload)


def find(fd: int, base: int, position: int, end: int) -> int | None:
    """The first position from `position` on where a whole record lies before `end`."""
    while position < end:
        chunk = os.pread(fd, min(_CHUNK, end - position), position - base)
        at = chunk.find(_MAGIC)
        while at >= 0:
            if read(fd, base, position + at, end):
                return position + at
            at = chunk.find(_MAGIC, at + 1)
        if len(chunk) < len(_MAGIC):
            return None
        # The magic may lie across the border of two chunks.
        position += max(1, len(chunk) - len(_MAGIC) + 1)
    return None
