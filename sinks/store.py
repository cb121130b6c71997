"""What is stored, and how it is read back; all of it may be written twice."""

import pyarrow as pa

from sinks.engine import Engine

MILLISECONDS = pa.timestamp("ms", "UTC")


class Store:
    """Reports, levels, attendance and days in an engine whose schema is up to date."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def insert_reports(self, reports: pa.RecordBatch, table: str = "reports") -> None:
        """Append reports in the log's schema."""
        self._engine.insert(table, _stored(reports))


def _stored(reports: pa.RecordBatch) -> pa.Table:
    # An int64 in ms and a DateTime64(3) are the same bytes; said to be a time, none is read as seconds.
    rows = pa.Table.from_batches([reports])
    for name in ("t", "received"):
        rows = rows.set_column(
            rows.schema.get_field_index(name), name, rows[name].cast(MILLISECONDS)
        )
    return rows
