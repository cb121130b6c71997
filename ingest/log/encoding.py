"""How reports are written in the log and in Kafka: a record is one Arrow batch, or JSON lines."""

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from audience.reports import Report, Reports
from ingest.log import layout
from ingest.log.batches import MAX_BATCH, SCHEMA, Split, columns, to_batch, to_reports
from ingest.log.lines import Reject, columns_from_json_lines, from_json_lines, to_json_lines

__all__ = [
    "CONTENT_TYPE",
    "JSON_LINES",
    "MAX_BATCH",
    "SCHEMA",
    "Reject",
    "Split",
    "columns",
    "columns_from_json_lines",
    "columns_of",
    "decode",
    "encode",
    "from_json_lines",
    "to_batch",
    "to_bytes",
    "to_json_lines",
    "to_reports",
]

CONTENT_TYPE: Final = "application/vnd.apache.arrow.stream"
JSON_LINES: Final = "application/json"


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


def columns_of(data: bytes) -> Reports:
    """What the definition reads of a record, over its memory. Raises Reject as `decode` does."""
    found = layout.read(data)
    return columns(decode(data)) if found is None else found
