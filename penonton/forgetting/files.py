"""A viewer's reports in the files of a data folder: log, spool, what was handed in, quarantine."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from ingest.log.erasing import erase, holding
from ingest.log.files import lock, sync_names
from ingest.quarantine import Quarantine, Quarantined

LOGS: Final = ("log", "spool")


@contextlib.contextmanager
def alone(data: Path) -> Iterator[None]:
    """Keeps serve and collect from the folder meanwhile; raises Stop where one runs."""
    with contextlib.ExitStack() as stack:
        for name in LOGS:
            if (data / name).is_dir():
                stack.callback(os.close, lock(data / name / "lock"))
        yield


def erase_from_log(folder: Path, viewer: bytes, rewind: Callable[[int, int | None], None]) -> int:
    """Rewrites the segments that have reports of the viewer; how many these were.

    `rewind` is told the base of each and of the one after it, before it is touched: who remembers a
    position in between must begin again at the first.
    """
    erased = 0
    for segment in holding(folder, viewer):
        bases = sorted(int(path.stem) for path in folder.glob("*.log"))
        rewind(segment.base, next((base for base in bases if base > segment.base), None))
        erased += erase(folder, segment, viewer)
    return erased


def rewind_spool(folder: Path) -> Callable[[int, int | None], None]:
    """What is drained of a spool's segment is drained again, which is harmless."""
    place = folder / "drained"

    def rewind(base: int, following: int | None) -> None:
        with contextlib.suppress(FileNotFoundError):
            drained = int(place.read_text())
            if inside(drained, base, following):
                replace(place, f"{base}\n".encode())

    return rewind


def inside(position: int, base: int, following: int | None) -> bool:
    """Whether what lies at this position lies elsewhere once the segment was rewritten."""
    return base < position and (following is None or position < following)


def erase_from_handed(folder: Path, viewer: str) -> int:
    """Reports of the viewer that wait to be taken; how many there were."""
    erased = 0
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if f'"{viewer}"'.encode() not in line]
        if len(kept) < len(lines):
            replace(path, b"".join(kept))
            erased += len(lines) - len(kept)
    return erased


def erase_from_quarantine(quarantine: Quarantine, theirs: Callable[[Quarantined], bool]) -> int:
    """What was refused and is `theirs`, and lines that cannot be read; how many there were."""
    erased = 0
    for path in quarantine.paths():
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not _is(line, theirs)]
        if len(kept) < len(lines):
            replace(path, b"".join(kept))
            erased += len(lines) - len(kept)
    return erased


def _is(line: bytes, theirs: Callable[[Quarantined], bool]) -> bool:
    try:
        return theirs(msgspec.json.decode(line, type=Quarantined))
    except msgspec.DecodeError:
        return True


def replace(path: Path, content: bytes) -> None:
    """Write a file anew: whole, durable, and for its owner only."""
    new = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_names(path.parent)
