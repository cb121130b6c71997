"""Files of stored reports, loaded into a table of their own."""

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

from ingest.log.lines import Reject, from_json_lines
from penonton.backfill.progress import Progress
from sinks.chdb import ChdbEngine
from sinks.migrate import migrate
from sinks.raw import RawReports
from sinks.store import Store

PIECE: Final = 8 * 1024 * 1024  # bytes, cut at the end of a line
LINES: Final = 50_000  # in one Arrow batch
BATCH: Final = 500_000  # reports, at least, in one insert

GZIP: Final = b"\x1f\x8b"
MARK: Final = b"\xef\xbb\xbf"  # what some editors write before UTF-8
OTHERS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK": "a ZIP archive"}


class Unreadable(Exception):
    """A file must be corrected or left out; nothing was written."""


@contextmanager
def loaded(
    files: Sequence[Path], identify: Callable[[str], str], progress: Progress
) -> Iterator[RawReports]:
    """The reports of all files, on disk in the system's temporary folder until the end.

    A file may be packed by gzip. Raises Unreadable, which names the file and the line.
    """
    with ChdbEngine.temporary() as scratch:
        migrate(scratch)
        store = Store(scratch)
        with store.scratch_reports() as table:
            fill(store, table, files, identify, progress)
            yield RawReports(scratch, table)


def fill(
    store: Store,
    table: str,
    files: Sequence[Path],
    identify: Callable[[str], str],
    progress: Progress,
) -> None:
    """Adds the reports of all files to a table."""
    for batches in _batches(files, identify, progress):
        store.insert_reports(pa.Table.from_batches(batches), table)


def _batches(
    files: Sequence[Path], identify: Callable[[str], str], progress: Progress
) -> Iterator[list[pa.RecordBatch]]:
    gathered: list[pa.RecordBatch] = []
    progress.begin("reading reports", sum(path.stat().st_size for path in files))
    for path in files:
        before = 0
        for piece in _pieces(path, progress):
            for batch in _read(path, before, piece, identify):
                gathered.append(batch)
                if sum(each.num_rows for each in gathered) >= BATCH:
                    yield gathered
                    gathered = []
            before += piece.count(b"\n")
    if gathered:
        yield gathered


def _read(
    path: Path, before: int, piece: bytes, identify: Callable[[str], str]
) -> Iterator[pa.RecordBatch]:
    lines = piece.split(b"\n")
    for start in range(0, len(lines), LINES):
        try:
            batch = from_json_lines(b"\n".join(lines[start : start + LINES]), identify)
        except Reject as reject:
            raise _fault(path, before + start, reject) from reject
        if batch.num_rows:
            yield batch


def _fault(path: Path, before: int, reject: Reject) -> Unreadable:
    """What is wrong with a piece, with the line counted from the beginning of the file."""
    place, _, what = str(reject).partition(": ")
    number = place.removeprefix("line ")
    if number.isdigit():
        return Unreadable(f"{path}, line {before + int(number)}: {what}")
    return Unreadable(f"{path}: {reject}")


def _pieces(path: Path, progress: Progress) -> Iterator[bytes]:
    """Whole lines of a file."""
    try:
        with path.open("rb") as file:
            start = file.read(len(MARK))
            other = next((OTHERS[sign] for sign in OTHERS if start.startswith(sign)), None)
            if other:
                message = (
                    f"{path}: this is {other}; it must be JSON lines in UTF-8, or gzip of them"
                )
                raise Unreadable(message)
            file.seek(len(MARK) if start == MARK else 0)
            packed = start.startswith(GZIP)
            at = 0
            for piece in _lines(gzip.GzipFile(fileobj=file) if packed else file):
                yield piece
                progress.advance(file.tell() - at)
                at = file.tell()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        message = f"{path}: not all of a gzip file, or a broken one; fetch it again ({error})"
        raise Unreadable(message) from error
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise Unreadable(message) from error


def _lines(file: "IO[bytes] | gzip.GzipFile") -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece + file.readline()
