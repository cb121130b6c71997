"""Arrow columns as ClickHouse's native protocol writes them, without an object for each value.

What clickhouse-driver does with lists costs five times as much as all else of an insert.
"""

import re
from typing import Any, Final, TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from clickhouse_driver import Client
from clickhouse_driver.block import BlockInfo, ColumnOrientedBlock
from clickhouse_driver.defines import (
    DBMS_MIN_REVISION_WITH_BLOCK_INFO,
    DBMS_MIN_REVISION_WITH_CUSTOM_SERIALIZATION,
)
from clickhouse_driver.protocol import ClientPacketTypes
from clickhouse_driver.varint import write_varint
from clickhouse_driver.writer import write_binary_str, write_binary_uint8

Column: TypeAlias = "pa.Array[Any]"

FIXED: Final[dict[str, pa.DataType]] = {
    "Int8": pa.int8(),
    "Int16": pa.int16(),
    "Int32": pa.int32(),
    "Int64": pa.int64(),
    "UInt8": pa.uint8(),
    "UInt16": pa.uint16(),
    "UInt32": pa.uint32(),
    "UInt64": pa.uint64(),
    "Float64": pa.float64(),
    "Date": pa.uint16(),
    "DateTime": pa.uint32(),
    "DateTime64": pa.int64(),
    "Enum8": pa.int8(),
}
"""What a value is written as, little-endian."""

# Of LowCardinality: the version of the keys; the names follow, and no earlier ones are meant.
VERSION: Final = (1).to_bytes(8, "little")
OWN_NAMES: Final = 1 << 9 | 1 << 10
KEYS: Final = (np.uint8, np.uint16, np.uint32)


class ArrowClient(Client):  # type: ignore[misc]  # the driver has no types
    """A client that inserts Arrow tables."""

    def insert(self, sql: str, rows: pa.Table) -> None:
        """Run `INSERT INTO table (columns) VALUES` with these rows, the columns in that order."""
        self.execute(sql, rows.to_batches(), columnar=True)

    def send_data(
        self,
        sample_block: ColumnOrientedBlock,
        data: list[pa.RecordBatch],
        types_check: bool = False,  # noqa: FBT001, FBT002 - the driver's signature
        columnar: bool = False,  # noqa: FBT001, FBT002 - as above
    ) -> int:
        """What the driver calls between the statement and its end; answers how many rows."""
        del types_check, columnar
        for batch in data:
            self._send(sample_block.columns_with_types, batch)
            self.receive_profile_events()
        self.connection.send_data(ColumnOrientedBlock())
        self.receive_profile_events()
        return sum(batch.num_rows for batch in data)

    def _send(self, columns: list[tuple[str, str]], batch: pa.RecordBatch) -> None:
        connection = self.connection
        revision = connection.server_info.used_revision
        write_varint(ClientPacketTypes.DATA, connection.fout)
        write_binary_str("", connection.fout)
        stream = connection.block_out
        if revision >= DBMS_MIN_REVISION_WITH_BLOCK_INFO:
            BlockInfo().write(stream.fout)
        write_varint(len(columns), stream.fout)
        write_varint(batch.num_rows, stream.fout)
        for (name, kind), column in zip(columns, batch.columns, strict=True):
            write_binary_str(name, stream.fout)
            write_binary_str(kind, stream.fout)
            if revision >= DBMS_MIN_REVISION_WITH_CUSTOM_SERIALIZATION:
                write_binary_uint8(0, stream.fout)
            stream.fout.write(written(column, kind))
        stream.finalize()


def written(column: Column, kind: str) -> bytes:
    """The values of a column of that type; raises ArrowInvalid for one that does not fit it."""
    if kind.startswith("Nullable("):
        absent = pc.is_null(column).cast(pa.uint8())
        numbers = column.cast(pa.int64()) if pa.types.is_null(column.type) else column
        known: Any = pc.fill_null(numbers, pa.scalar(0, numbers.type))
        return _bytes(absent) + written(known, kind[9:-1])
    if kind.startswith("LowCardinality("):
        return _names(column)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if kind == "String":
        return _strings(column)
    if kind.startswith("FixedString("):
        width = int(kind[12:-1])
        return _fixed(column.cast(pa.binary(width)), width)
    wanted = FIXED[re.split(r"\W", kind)[0]]
    return _bytes(_number(column).cast(wanted))


def _number(column: Column) -> Column:
    """Times are counts of the unit that they are stored in, days those since the epoch."""
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.int64())
    if pa.types.is_date32(column.type):
        return column.cast(pa.int32())
    return column


def _bytes(column: Column) -> bytes:
    values: Any = column.to_numpy(zero_copy_only=False)
    data: bytes = values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
    return data


def _fixed(column: Column, width: int) -> bytes:
    data = cast("pa.Buffer", column.buffers()[1])
    part: Any = data.slice(column.offset * width, len(column) * width)
    return bytes(part)


def _strings(column: Column) -> bytes:
    values = cast("list[bytes]", column.cast(pa.binary()).to_pylist())
    return b"".join(_length(len(value)) + value for value in values)


def _length(value: int) -> bytes:
    out = bytearray()
    while value > 127:  # noqa: PLR2004 - seven bits a byte
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _names(column: Column) -> bytes:
    if not len(column):
        return VERSION
    coded: Any = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    names = coded.dictionary
    width = (len(names) > 1 << 8) + (len(names) > 1 << 16)
    keys: bytes = coded.indices.to_numpy(zero_copy_only=False).astype(KEYS[width]).tobytes()
    numbers = np.array([OWN_NAMES | width, len(names)], "<i8").tobytes()
    count = np.array([len(column)], "<i8").tobytes()
    return VERSION + numbers + _strings(names) + count + keys
