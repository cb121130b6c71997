"""Reports as they lie in Kafka: who is in which partition, and what a record holds."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from audience.reports import Reports
from ingest.log.encoding import (
    CONTENT_TYPE,
    JSON_LINES,
    SCHEMA,
    Reject,
    Split,
    columns,
    columns_of,
    decode,
    from_json_lines,
)

AHEAD: Final = 2_000
"""ms that a producer's `t` may lie after its record, as clock repair allows players."""

_CLIENT, _SERVER = 0, 1


class _Who(msgspec.Struct):
    viewer: str


_who = msgspec.json.Decoder(_Who)


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """A record; `timestamp`: when it was sent (ms), `content_type`: empty when it says none."""

    value: bytes
    content_type: str
    timestamp: int
    partition: int


def partition_of(viewer: str, partitions: int) -> int:
    """The partition of a viewer's id as it is written in the report.

    What librdkafka calls `consistent`, so that producers in other languages need no code of ours.
    """
    return zlib.crc32(viewer.encode()) % partitions


def batch_of_record(
    record: TopicRecord, partitions: int, lateness: int, identify: Callable[[str], str]
) -> pa.RecordBatch:
    """The reports of a record as a batch that has SCHEMA; none: the record only tells the time.

    JSON lines were received when they were sent, whatever they say, and a `t` that clock repair
    would not take (`lateness`, ms) becomes that. Raises Reject where it holds no reports, or one of
    a viewer who belongs to another of the `partitions`: it would be counted twice.
    """
    kind = record.content_type.partition(";")[0].strip()
    if kind == CONTENT_TYPE:
        return decode(record.value)
    if kind not in ("", JSON_LINES):
        message = f"unknown content type {ascii(kind)[:100]}"
        raise Reject(message)
    try:
        batch = from_json_lines(record.value, identify)
    except Split as error:
        raise Reject(str(error)) from error
    if not batch.num_rows:
        message = "no report"
        raise Reject(message)
    for said in _who.decode_lines(record.value):
        right = partition_of(said.viewer, partitions)
        if right != record.partition:
            message = f"a viewer of partition {right} in partition {record.partition}"
            raise Reject(message)
    return _received(batch, record.timestamp, lateness)


def columns_of_record(
    record: TopicRecord, partitions: int, lateness: int, identify: Callable[[str], str]
) -> Reports:
    """What the definition reads of that batch. Raises Reject as `batch_of_record` does."""
    if record.content_type == CONTENT_TYPE:
        return columns_of(record.value)
    return columns(batch_of_record(record, partitions, lateness, identify))


def _received(batch: pa.RecordBatch, at: int, lateness: int) -> pa.RecordBatch:
    t = columns(batch).t
    taken = (t >= at - lateness) & (t <= at + AHEAD)
    repaired = {
        "t": pa.array(np.where(taken, t, at)),
        "received": pa.array(np.full(len(t), at, np.int64)),
        "clock": pa.array(np.where(taken, _CLIENT, _SERVER).astype(np.int8)),
    }
    arrays = [repaired.get(name, batch.column(name)) for name in SCHEMA.names]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
