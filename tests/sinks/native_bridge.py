"""ClickHouse's native protocol in front of a chDB database of this process, for tests.

No ClickHouse server can be installed from a package registry. This speaks what clickhouse-driver
needs of revision 54459, which is the first with parameters: no compression, no external tables. The
blocks of both sides are passed on as they are, save for what this revision adds to them.
"""

import contextlib
import json
import re
import socket
import socketserver
import struct
import tempfile
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Self

import chdb
from clickhouse_driver.columns.service import read_column

REVISION: Final = 54_459
VERSION: Final = (26, 9, 2)

# Packets, from the client and from the server.
HELLO, QUERY, DATA, CANCEL, PING = 0, 1, 2, 3, 4
IS_HELLO, IS_DATA, IS_EXCEPTION, IS_PONG, IS_END, IS_PROFILE_EVENTS = 0, 1, 2, 4, 5, 14

BLOCK_INFO: Final = b"\x01\x00\x02\xff\xff\xff\xff\x00"
COMMENTS: Final = re.compile(r"--[^\n]*")
SELECT: Final = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
INSERT: Final = re.compile(r"\s*INSERT INTO (\S+) \(([^()]*)\) VALUES\s*$")

WIDTHS: Final = {
    **{f"{sign}Int{bits}": bits // 8 for sign in ("", "U") for bits in (8, 16, 32, 64)},
    "Float32": 4,
    "Float64": 8,
    "Date": 2,
    "DateTime": 4,
    "DateTime64": 8,
    "Enum8": 1,
}
"""Bytes of a value."""

Column = tuple[str, str, bytes, int]
"""Name, type, the bytes of the values, and how many these are."""

CRASH: Final = "SELECT 'crash'"
"""A query on which the server dies."""

# What clickhouse_driver's readers of columns ask of their context.
CONTEXT: Final = types.SimpleNamespace(
    client_settings={
        "strings_as_bytes": True,
        "strings_encoding": "utf-8",
        "use_numpy": False,
        "input_format_null_as_default": False,
        "namedtuple_as_json": True,
        "server_side_params": False,
    },
    server_info=types.SimpleNamespace(
        used_revision=REVISION, get_timezone=lambda: "UTC", session_timezone=None
    ),
    settings={},
)


class Wire:
    """Reads the protocol's values, keeping them; named as clickhouse_driver's reader is."""

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self._buffer = b""
        self._at = 0
        self.kept = bytearray()

    def at_end(self) -> bool:
        """Whether nothing more comes."""
        if self._at == len(self._buffer):
            self._buffer, self._at = self._receive(), 0
        return not self._buffer

    def read(self, n: int) -> bytes:
        if len(self._buffer) - self._at < n:
            self._gather(n)
        found = self._buffer[self._at : self._at + n]
        self._at += n
        self.kept += found
        return found

    def _gather(self, n: int) -> None:
        parts = [self._buffer[self._at :]]
        missing = n - len(parts[0])
        while missing > 0:
            more = self._receive()
            if not more:
                raise EOFError
            parts.append(more)
            missing -= len(more)
        self._buffer, self._at = b"".join(parts), 0

    def read_one(self) -> int:
        return self.read(1)[0]

    def read_strings(self, n: int, encoding: str | None = None) -> tuple[bytes, ...]:
        assert encoding is None
        return tuple(self.string_bytes() for _ in range(n))

    def read_fixed_strings(
        self, n: int, length: int, encoding: str | None = None
    ) -> tuple[bytes, ...]:
        assert encoding is None
        return tuple(self.read(length) for _ in range(n))

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.read_one()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def string_bytes(self) -> bytes:
        return self.read(self.varint())

    def string(self) -> str:
        return self.string_bytes().decode()

    def block(self, *, custom: bool) -> Iterator[Column]:
        """Column by column; `custom`: as in the protocol, where a byte says how it is written."""
        columns, rows = self.varint(), self.varint()
        for _ in range(columns):
            name, kind = self.string(), self.string()
            assert not (custom and self.read_one()), "written in the one way"
            self.kept = bytearray()
            if rows:
                self._pass(kind, rows)
            yield name, kind, bytes(self.kept), rows

    def _pass(self, kind: str, rows: int) -> None:
        """Reads the values of a column, where that can be without looking at each."""
        if kind.startswith("Nullable("):
            self.read(rows)
            self._pass(kind[9:-1], rows)
        elif kind.startswith("LowCardinality("):
            _, flags, names = struct.unpack("<qqq", self.read(24))
            self._pass(kind[15:-1].removeprefix("Nullable(").removesuffix(")"), names)
            self.read(8 + (rows << (flags & 3)))
        elif kind.startswith("FixedString("):
            self.read(int(kind[12:-1]) * rows)
        elif width := WIDTHS.get(re.split(r"\W", kind)[0]):
            self.read(width * rows)
        else:
            read_column(CONTEXT, kind, rows, self)


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def string(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return varint(len(data)) + data


def block(columns: list[Column], *, custom: bool) -> bytes:
    rows = columns[0][3] if columns else 0
    special = b"\0" if custom else b""
    body = b"".join(string(n) + string(t) + special + values for n, t, values, _ in columns)
    return varint(len(columns)) + varint(rows) + body


class Connection(socketserver.BaseRequestHandler):
    """One client, and its own chDB connection."""

    server: "Bridge"

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wire = Wire(lambda: self.request.recv(1 << 20))
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                packet = self._wire.varint()
                {HELLO: self._hello, QUERY: self._query, PING: self._pong}[packet]()

    def _hello(self) -> None:
        wire = self._wire
        wire.string(), wire.varint(), wire.varint(), wire.varint()
        database, who = wire.string(), (wire.string(), wire.string())
        if who != self.server.who:
            self._exception("Code: 516. DB::Exception: Authentication failed.")
            return
        self._chdb: Any = chdb.connect(self.server.path)
        self._chdb.query(f"USE `{database}`")
        version = b"".join(varint(part) for part in (*VERSION[:2], REVISION))
        self.request.sendall(
            varint(IS_HELLO)
            + string("ClickHouse")
            + version
            + string("UTC")
            + string("bridge")
            + varint(VERSION[2])
        )
        wire.string()  # the quota key

    def _pong(self) -> None:
        self.request.sendall(varint(IS_PONG))

    def _query(self) -> None:
        sql, parameters = self._asked()
        if sql == CRASH:
            raise ConnectionAbortedError
        try:
            insert = INSERT.match(sql)
            if insert:
                self._insert(insert[1], insert[2])
            elif SELECT.match(sql):
                self._select(sql, parameters)
            else:
                self._chdb.query(sql, params=parameters)
            self.request.sendall(varint(IS_END))
        except RuntimeError as error:
            self._exception(str(error))

    def _asked(self) -> tuple[str, dict[str, str]]:
        wire = self._wire
        wire.string()  # the query's id
        self._client_info()
        self._settings()
        wire.string()  # the secret between servers
        wire.varint(), wire.varint()  # the stage, the compression
        sql = COMMENTS.sub("", wire.string())
        quoted = self._settings()
        assert wire.varint() == DATA
        assert not self._data(), "no external tables"
        return sql, {name: _unquoted(value) for name, value in quoted.items()}

    def _client_info(self) -> None:
        wire = self._wire
        if wire.read_one():
            wire.string(), wire.string(), wire.string(), wire.read(8), wire.read_one()
            wire.string(), wire.string(), wire.string()
            wire.varint(), wire.varint(), wire.varint()
            wire.string(), wire.varint(), wire.varint()
            assert not wire.read_one(), "no traces"
            wire.varint(), wire.varint(), wire.varint()

    def _settings(self) -> dict[str, str]:
        found = {}
        while name := self._wire.string():
            self._wire.read_one()
            found[name] = self._wire.string()
        return found

    def _data(self) -> list[Column]:
        self._wire.string()  # the name of an external table
        while field := self._wire.varint():
            self._wire.read(1 if field == 1 else 4)
        return list(self._wire.block(custom=True))

    def _select(self, sql: str, parameters: dict[str, str]) -> None:
        columns = self._described(f"({sql})", parameters)
        self._send(block([(name, kind, b"", 0) for name, kind in columns], custom=True))
        answer = iter([self._chdb.query(sql, "Native", params=parameters).bytes()])
        bare = Wire(lambda: next(answer, b""))
        while not bare.at_end():
            # Outside of the protocol, Native does not tell the time zone of a DateTime.
            pairs = zip(bare.block(custom=False), columns, strict=True)
            told = [(name, kind, values, n) for (name, _, values, n), (_, kind) in pairs]
            self._send(block(told, custom=True))

    def _described(self, what: str, parameters: dict[str, str]) -> list[tuple[str, str]]:
        answer = self._chdb.query(f"DESCRIBE {what}", "JSONCompactColumns", params=parameters)
        names, kinds, *_ = json.loads(answer.bytes())
        return list(zip(names, kinds, strict=True))

    def _insert(self, table: str, names: str) -> None:
        kinds = dict(self._described(f"TABLE {table}", {}))
        wanted = [name.strip(" `") for name in names.split(",")]
        for name in wanted:
            if name not in kinds:
                message = f"Code: 16. DB::Exception: No such column {name} in table {table}."
                raise RuntimeError(message)
        self._send(block([(name, kinds[name], b"", 0) for name in wanted], custom=True))
        with tempfile.NamedTemporaryFile(suffix=".native") as file:
            while self._wire.varint() == DATA and (columns := self._data()):
                file.write(block(columns, custom=False))
                self._profile()
            file.flush()
            if Path(file.name).stat().st_size:
                rows = f"SELECT {names} FROM file('{file.name}', 'Native')"
                self._chdb.query(f"INSERT INTO {table} ({names}) {rows}")
        self._profile()

    def _send(self, data: bytes) -> None:
        self.request.sendall(varint(IS_DATA) + string("") + BLOCK_INFO + data)

    def _profile(self) -> None:
        # The driver reads one packet after every block that it sends.
        packet = varint(IS_PROFILE_EVENTS) + string("") + BLOCK_INFO + varint(0) + varint(0)
        self.request.sendall(packet)

    def _exception(self, message: str) -> None:
        code = re.search(r"Code: (\d+)", message)
        self.request.sendall(
            varint(IS_EXCEPTION)
            + struct.pack("<i", int(code[1]) if code else 1001)
            + string("DB::Exception")
            + string(message)
            + string("")
            + b"\0"
        )


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), value[1:-1])


_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}


class Bridge(socketserver.ThreadingTCPServer):
    """Serves the database in the directory `path`, which this process has open, on a free port."""

    daemon_threads = True

    def __init__(self, path: str, who: tuple[str, str]) -> None:
        self.path = path
        self.who = who
        super().__init__(("127.0.0.1", 0), Connection)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
