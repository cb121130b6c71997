"""Files of stored reports, read piece by piece."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from ingest.log.lines import Reject

PIECE = 8 * 1024 * 1024  # bytes, cut at the end of a line


class Unreadable(Exception):
    """A file must be corrected or left out; nothing was written."""


def pieces(files: Sequence[Path]) -> Iterator[tuple[Path, int, bytes]]:
    """(file, lines before this piece, whole lines), with a progress bar on stderr.

    Raises Unreadable for a file that cannot be read.
    """
    with Progress(console=Console(stderr=True), transient=True) as progress:
        total = sum(path.stat().st_size for path in files)
        task = progress.add_task("reading reports", total=total)
        for path in files:
            before = 0
            for piece in _lines(path):
                yield path, before, piece
                before += piece.count(b"\n")
                progress.advance(task, len(piece))


def fault(path: Path, before: int, reject: Reject) -> Unreadable:
    """What is wrong with a piece, with the line counted from the beginning of the file."""
    place, _, what = str(reject).partition(": ")
    number = place.removeprefix("line ")
    if number.isdigit():
        return Unreadable(f"{path}, line {before + int(number)}: {what}")
    return Unreadable(f"{path}: {reject}")


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece + file.readline()
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise Unreadable(message) from error
