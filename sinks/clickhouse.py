"""A ClickHouse server, over its native protocol."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import pyarrow as pa
from clickhouse_driver.errors import Error
from clickhouse_driver.util.helpers import parse_url

from sinks.engine import NOTHING, Parameters, Retry, Stop, failure, text
from sinks.native import ArrowClient

Answer = TypeVar("Answer")

TYPES: Final[dict[str, pa.DataType]] = {
    "Int8": pa.int8(),
    "Int16": pa.int16(),
    "Int32": pa.int32(),
    "Int64": pa.int64(),
    "UInt8": pa.uint8(),
    "UInt16": pa.uint16(),
    "UInt32": pa.uint32(),
    "UInt64": pa.uint64(),
    "Float64": pa.float64(),
    "Date": pa.date32(),
    "String": pa.string(),
}


class ServerEngine:
    """The database that a URL names, `clickhouse://user:password@host:9000/database`.

    One connection, used by one caller at a time and made again after it broke.
    """

    def __init__(self, url: str) -> None:
        """Nothing is sent before the first statement."""
        host, options = parse_url(url)
        # As bytes, since ids are no text; parameters are filled in by the server, as chDB does.
        as_is = {"strings_as_bytes": True, "server_side_params": True}
        options["settings"] = options.get("settings", {}) | as_is
        # A server that hangs is to be noticed before a consumer's patience is over.
        options.setdefault("connect_timeout", 5)
        options.setdefault("send_receive_timeout", 60)
        self._client: Any = ArrowClient(host, **options)
        self._turn = threading.Lock()
        parts = urlsplit(url)
        self._where = f"{parts.hostname}{parts.path}"  # without the password

    def execute(self, sql: str, parameters: Parameters = NOTHING) -> None:
        """Run a statement that answers nothing."""
        self._do("statement failed", lambda: self._run(sql, parameters))

    def query(self, sql: str, parameters: Parameters = NOTHING) -> pa.Table:
        """Answer a SELECT."""
        columns, named = self._do("query failed", lambda: self._run(sql, parameters))
        if not columns:
            columns = [()] * len(named)
        pairs = zip(columns, named, strict=True)
        return pa.table({name: _column(values, kind) for values, (name, kind) in pairs})

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append `rows`."""
        names = ", ".join(f"`{name}`" for name in rows.column_names)
        self._do(
            f"insert into {table} failed",
            lambda: self._client.insert(f"INSERT INTO {table} ({names}) VALUES", rows),
        )

    def close(self) -> None:
        """Close the connection."""
        with self._turn:
            self._client.disconnect()

    def _run(self, sql: str, parameters: Parameters) -> tuple[list[Any], list[tuple[str, str]]]:
        values = {name: text(value) for name, value in parameters.items()}
        answer = self._client.execute(sql, values, columnar=True, with_column_types=True)
        # Of a statement that answers nothing it is an empty list.
        return answer or ([], [])

    def _do(self, doing: str, work: Callable[[], Answer]) -> Answer:
        with self._turn:
            try:
                return work()
            except Error as error:
                self._client.disconnect()  # what is left of the answer must not be read as the next
                raise failure(doing, self._where, str(error)) from error
            except pa.ArrowInvalid as error:
                message = f"{doing} ({self._where}): {error}"
                raise Stop(message) from error
            except (OSError, EOFError) as error:  # EOFError: the server died
                self._client.disconnect()
                message = f"{doing} ({self._where}): {str(error) or 'the connection broke'}"
                raise Retry(message) from error


def _column(values: Sequence[Any], kind: str) -> "pa.Array[Any]":
    for wrapper in ("LowCardinality(", "Nullable("):
        if kind.startswith(wrapper):
            kind = kind.removeprefix(wrapper).removesuffix(")")
    if kind == "String":
        return pa.array(values, pa.binary()).cast(pa.string())
    if kind.startswith("FixedString("):
        return pa.array(values, pa.binary(int(kind[12:-1])))
    return pa.array(values, TYPES[kind])
