"""ClickHouse in this process: chDB, owned by one thread."""

import ctypes
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import chdb
import pyarrow as pa

from sinks.engine import NOTHING, Parameters, Stop, failure, text

Answer = TypeVar("Answer")

# chDB reads strings in ClickHouse's "escaped" format, and escapes none itself.
ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})


class ChdbEngine:
    """A database in a directory: a process can have one open, and a directory one process.

    A chDB connection belongs to one thread, so all work is done on a thread of this engine's own.
    Never fork after making one.
    """

    def __init__(self, path: Path) -> None:
        """Open or create it; raises Stop where the directory or this process is taken."""
        self._path = path
        self._worker = ThreadPoolExecutor(1, "chdb")
        try:
            self._connection: Any = self._worker.submit(chdb.connect, str(path)).result()
        except RuntimeError as error:
            self._worker.shutdown()
            raise Stop(_unopened(path, str(error))) from error

    @property
    def path(self) -> Path:
        """The directory."""
        return self._path

    @classmethod
    @contextmanager
    def temporary(cls) -> Iterator[Self]:
        """A database that is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="penonton-") as directory:
            engine = cls(Path(directory))
            try:
                yield engine
            finally:
                engine.close()

    def execute(self, sql: str, parameters: Parameters = NOTHING) -> None:
        """Run a statement that answers nothing."""
        self._do("statement failed", lambda: self._run(sql, parameters))

    def query(self, sql: str, parameters: Parameters = NOTHING) -> pa.Table:
        """Answer a SELECT."""
        return self._do("query failed", lambda: _table(self._run(sql, parameters)))

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append `rows`; raises when they are not stored."""

        def append() -> None:
            # chDB finds `given` by its name in this frame. Not send_insert(): it reports success
            # when the write failed.
            given = rows
            names = ", ".join(f"`{name}`" for name in given.column_names)
            self._connection.query(
                f"INSERT INTO {table} ({names}) SELECT {names} FROM Python(given)"  # noqa: S608 - our own names
            )

        self._do(f"insert into {table} failed", append)

    def close(self) -> None:
        """Close the database after what is under way."""
        self._worker.submit(self._connection.close).result()
        self._worker.shutdown()
        _end_without_chdb()

    def _do(self, doing: str, work: Callable[[], Answer]) -> Answer:
        try:
            return self._worker.submit(work).result()
        except RuntimeError as error:
            raise failure(doing, self._path, str(error)) from error

    def _run(self, sql: str, parameters: Parameters) -> bytes:
        values = {name: _escaped(text(value)) for name, value in parameters.items()}
        answer: bytes = self._connection.query(sql, "Arrow", params=values).bytes()
        return answer


def _end_without_chdb() -> None:
    """Let this process end, when it does, before chDB's own end, which can wait for five minutes.

    chDB 4 tears its server down among the exit handlers of C, where a task of its background pool
    may hold what it waits for. What was inserted is on disk by then, and Python's own end is over.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "on_exit"):  # of glibc; the last that was registered is run first
        libc.on_exit(ctypes.cast(libc["_exit"], ctypes.c_void_p), None)


def _escaped(value: str | float) -> str:
    return value.translate(ESCAPES) if isinstance(value, str) else str(value)


def _table(answer: bytes) -> pa.Table:
    return pa.ipc.open_file(pa.py_buffer(answer)).read_all()


def _unopened(path: Path, message: str) -> str:
    if "Error initializing EmbeddedServer" in message:
        return f"{path}: another process uses it, or it cannot be written; stop the other first"
    if "already initialized" in message:
        return f"{path}: this process has another chDB database open; close that first"
    return f"{path}: cannot open the chDB database: {message}"
