"""What storage needs of an SQL engine, and what a caller must do when it fails."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import pyarrow as pa

Parameter = float | str | Sequence[tuple[int, ...]]
"""A value for a `{name:Type}` of a statement; a sequence of pairs is an Array(Tuple(...))."""

Parameters = Mapping[str, Parameter]
NOTHING: Final[Parameters] = {}


class Retry(Exception):
    """Storage cannot take this now: try the same again later."""


class Stop(Exception):
    """Trying again will not help: someone must correct what the message names."""


class Engine(Protocol):
    """Runs ClickHouse SQL. Safe to call from several threads. Raises Retry or Stop."""

    def execute(self, sql: str, parameters: Parameters = ...) -> None:
        """Run a statement that answers nothing."""

    def query(self, sql: str, parameters: Parameters = ...) -> pa.Table:
        """Answer a SELECT of integers, floats, strings, dates and their Nullables.

        Enums and times are to be selected as those. Columns of ids are bytes.
        """

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append `rows`, whose columns are named as the table's; stored once it returns."""

    def close(self) -> None:
        """Release the engine; using it afterwards is an error."""


# What passes by itself: load, space, connections, a server that is being stopped (ClickHouse's
# src/Common/ErrorCodes.cpp).
PASSING: Final = frozenset(
    {
        32,  # ATTEMPT_TO_READ_AFTER_EOF
        100,  # UNKNOWN_PACKET_FROM_SERVER
        102,  # UNEXPECTED_PACKET_FROM_SERVER
        159,  # TIMEOUT_EXCEEDED
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        236,  # ABORTED
        241,  # MEMORY_LIMIT_EXCEEDED
        242,  # TABLE_IS_READ_ONLY
        243,  # NOT_ENOUGH_SPACE
        252,  # TOO_MANY_PARTS
        279,  # ALL_CONNECTION_TRIES_FAILED
        319,  # UNKNOWN_STATUS_OF_INSERT
        394,  # QUERY_WAS_CANCELLED
        999,  # KEEPER_EXCEPTION
    }
)


def failure(doing: str, where: object, message: str) -> Retry | Stop:
    """The exception for an engine's error, by the code in its message (`Code: 60. ...`)."""
    code = re.search(r"Code: (\d+)", message)
    kind = Retry if code and int(code[1]) in PASSING else Stop
    return kind(f"{doing} ({where}): {message.strip()}")


def text(value: Parameter) -> str | float:
    """A parameter as both engines take it: they know no sequences of pairs."""
    if isinstance(value, str | float | int):
        return value
    return "[" + ",".join("(" + ",".join(map(str, row)) + ")" for row in value) + "]"
