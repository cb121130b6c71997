"""A chDB database that another process has open, over a Unix socket in the data folder.

One process owns a folder of chDB. So that commands can work beside it, it shares what it has: each
connection gets one of its own to the same database, and waits for nobody else's questions. Whoever
may open the socket may do with the data what its owner may, as with the files beside it.
"""

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Final, Self

import msgspec
import pyarrow as pa

from sinks.chdb import ChdbEngine
from sinks.engine import NOTHING, Engine, Parameters, Retry, Stop, text

NAME: Final = "storage.socket"
SHARED: Final = "shared"
"""What a process of its own says once it shares; else why it cannot."""

LONGEST: Final = 100  # bytes of a socket's address: some systems allow no more
_log = logging.getLogger(__name__)


class _Asked(msgspec.Struct):
    """A message to the owner; for `insert` the rows follow in another, and `sql` is the table."""

    do: str
    sql: str
    parameters: dict[str, str] = {}


class _Failed(msgspec.Struct):
    """A message from the owner: raise this. Where it says nothing, the answer follows."""

    retry: str = ""
    stop: str = ""


_asked = msgspec.msgpack.Decoder(_Asked)
_failed = msgspec.msgpack.Decoder(_Failed)
_pack = msgspec.msgpack.encode


def address(data: Path) -> str:
    """The socket's, by the shorter way to it; raises Stop where both are too long."""
    path = data / NAME
    found = min(str(path.absolute()), os.path.relpath(path), key=len)
    if len(found.encode()) > LONGEST:
        message = f"{path}: too long for the address of a socket; use a shorter PENONTON_DATA"
        raise Stop(message)
    return found


def shares(data: Path) -> bool:
    """Whether a process shares the database of this folder."""
    with contextlib.suppress(OSError, EOFError, Stop):
        Client(address(data)).close()
        return True
    return False


class SharedEngine:
    """The database in `data`, of the process that shares it.

    One connection, used by one caller at a time and made again after it broke.
    """

    def __init__(self, data: Path) -> None:
        """Raises Stop where nobody shares it."""
        self._address = address(data)
        self._where = data
        self._turn = threading.Lock()
        self._connection: Connection | None = self._connect(Stop)

    def execute(self, sql: str, parameters: Parameters = NOTHING) -> None:
        """Run a statement that answers nothing."""
        self._do(_Asked("execute", sql, _texts(parameters)))

    def query(self, sql: str, parameters: Parameters = NOTHING) -> pa.Table:
        """Answer a SELECT."""
        return _table(self._do(_Asked("query", sql, _texts(parameters))))

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append `rows`."""
        self._do(_Asked("insert", table), _bytes(rows))

    def close(self) -> None:
        """Close the connection."""
        with self._turn:
            if self._connection:
                self._connection.close()

    def _connect(self, otherwise: type[Retry | Stop]) -> Connection:
        try:
            return Client(self._address)
        except (OSError, EOFError) as error:
            message = f"{self._where}: no process shares its storage any more ({error})"
            raise otherwise(message) from error

    def _do(self, *messages: _Asked | bytes) -> bytes:
        with self._turn:
            connection = self._connection or self._connect(Retry)
            self._connection = (
                None  # until all was read: half an answer is not to be read as the next
            )
            try:
                for each in messages:
                    connection.send_bytes(_pack(each) if isinstance(each, _Asked) else each)
                failed = _failed.decode(connection.recv_bytes())
                answer = b"" if failed.retry or failed.stop else connection.recv_bytes()
            except (OSError, EOFError) as error:
                connection.close()
                message = f"{self._where}: the process that shares its storage has ended"
                raise Retry(message) from error
            self._connection = connection
        if failed.retry:
            raise Retry(failed.retry)
        if failed.stop:
            raise Stop(failed.stop)
        return answer


class Sharing:
    """Shares the database `data`/chdb, which this process has open, until the end of a `with`.

    Those connected then are left: they notice when this process ends.
    """

    def __init__(self, data: Path) -> None:
        """Raises Stop where the folder's path is too long, OSError where it cannot be written."""
        self._data = data
        self._address = address(data)
        Path(self._address).unlink(missing_ok=True)  # of one that was killed
        self._listener = Listener(self._address, "AF_UNIX", backlog=16)
        Path(self._address).chmod(0o600)

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, name="share storage", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError):
                return  # closed
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        with contextlib.suppress(OSError, EOFError), connection:
            first = connection.recv_bytes()  # who only looks whether someone is there opens nothing
            with contextlib.closing(ChdbEngine(self._data / "chdb")) as engine:
                self._answer(engine, connection, first)
                while True:
                    self._answer(engine, connection, connection.recv_bytes())

    def _answer(self, engine: Engine, connection: Connection, message: bytes) -> None:
        asked = _asked.decode(message)
        rows = connection.recv_bytes() if asked.do == "insert" else b""
        try:
            answer = DO[asked.do](engine, asked, rows)
        except Retry as error:
            connection.send_bytes(_pack(_Failed(retry=str(error))))
        except Exception as error:  # noqa: BLE001 - who asked is to hear of it, not who shares
            connection.send_bytes(_pack(_Failed(stop=str(error))))
        else:
            connection.send_bytes(_pack(_Failed()))
            connection.send_bytes(answer)


def _execute(engine: Engine, asked: _Asked, _: bytes) -> bytes:
    engine.execute(asked.sql, asked.parameters)
    return b""


def _query(engine: Engine, asked: _Asked, _: bytes) -> bytes:
    return _bytes(engine.query(asked.sql, asked.parameters))


def _insert(engine: Engine, asked: _Asked, rows: bytes) -> bytes:
    engine.insert(asked.sql, _table(rows))
    return b""


DO: Final[dict[str, Callable[[Engine, _Asked, bytes], bytes]]] = {
    "execute": _execute,
    "query": _query,
    "insert": _insert,
}


def _texts(parameters: Parameters) -> dict[str, str]:
    return {name: str(text(value)) for name, value in parameters.items()}


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def _table(data: bytes) -> pa.Table:
    table: pa.Table = pa.ipc.open_stream(data).read_all()
    return table


def main(data: Path) -> None:
    """Share a folder's database until stdin ends; says SHARED on stdout once it does."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(contextlib.closing(ChdbEngine(data / "chdb")))
            stack.enter_context(Sharing(data))
        except (Stop, OSError) as error:
            _say(str(error))
            return
        _say(SHARED)
        sys.stdin.buffer.read()


def _say(line: str) -> None:
    sys.stdout.write(line.replace("\n", " ") + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
