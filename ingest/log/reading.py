"""Reading the local log's folder: by the process that writes it and by others, while it grows."""

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest.log import records
from ingest.log.records import Record

_SUFFIX: Final = ".log"


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of the log; `base` is the position of its first byte and its name."""

    base: int
    path: Path


def segment_at(folder: Path, base: int) -> Segment:
    """The segment that begins at `base`."""
    return Segment(base, folder / f"{base:020d}{_SUFFIX}")


def segments(folder: Path) -> list[Segment]:
    """The log's segments, oldest first."""
    names = (path.stem for path in folder.glob(f"*{_SUFFIX}"))
    return sorted(
        (segment_at(folder, int(name)) for name in names if name.isdecimal()),
        key=lambda segment: segment.base,
    )


class Reader:
    """Reads records of a folder. Any number of readers may read while one process writes.

    `damaged` has the position and length of every stretch met in which no record could be read.
    """

    def __init__(self, folder: Path, committed: Callable[[], int | None] = lambda: None) -> None:
        """`committed` says up to which position records are whole; None: read and see."""
        self.folder = folder
        self.damaged: dict[int, int] = {}
        self._committed = committed

    def read(self, position: int = 0) -> Iterator[Record]:
        """The records from `position` (or the oldest one kept) to the present end, in order.

        To go on later, read from `next` of the last one.
        """
        listed = segments(self.folder)
        # A segment is closed before the following one is there: listed first, it is read whole.
        for index, segment in enumerate(listed):
            following = listed[index + 1].base if index + 1 < len(listed) else None
            if following is None or position < following:
                yield from self._segment(segment, position, following)

    def seek(self, received: int) -> int:
        """The position of the first record with a report received at or after `received` (ms).

        Where there is none, the end.
        """
        listed = segments(self.folder)
        index = bisect_left(listed, received, key=self._received)
        position = listed[max(0, index - 1)].base if listed else 0
        for record in self.read(position):
            if record.received >= received:
                return record.position
            position = record.next
        return position

    def _received(self, segment: Segment) -> int:
        return next((record.received for record in self.read(segment.base)), 2**63)

    def _segment(self, segment: Segment, position: int, following: int | None) -> Iterator[Record]:
        try:
            fd = os.open(segment.path, os.O_RDONLY)
        except FileNotFoundError:
            return  # its time of retention is over
        try:
            committed = self._committed()
            bounds = (segment.base + os.fstat(fd).st_size, following, committed)
            end = min(bound for bound in bounds if bound is not None)
            growing = following is None and committed is None
            yield from self._records(
                fd, segment.base, max(position, segment.base), end, growing=growing
            )
        finally:
            os.close(fd)

    def _records(
        self, fd: int, base: int, position: int, end: int, *, growing: bool
    ) -> Iterator[Record]:
        while position < end:
            record = records.read(fd, base, position, end)
            if record:
                yield record
                position = record.next
                continue
            found = records.find(fd, base, position + 1, end)
            if found is None and growing:
                return  # being written, or torn: who writes knows
            resumed = end if found is None else found
            self.damaged[position] = resumed - position
            position = resumed
