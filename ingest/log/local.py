"""The log in a folder: segments that are only appended to, durable before an append returns.

A position is a number of bytes since the log began, over all segments. A process appends only to
segments it has created. Where a write or an fsync fails, the segment is left: what it had promised
ends where the following segment begins.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

from ingest.log.appending import Retry
from ingest.log.files import cut, lock, sync_names, write
from ingest.log.reading import Reader, segment_at, segments
from ingest.log.records import Entry, Record, pack


@dataclass(frozen=True, slots=True)
class Roll:
    """When a segment is full: at `size` bytes, or when it spans `age` ms of receipts."""

    size: int = 64 * 1024 * 1024
    age: int = 3_600_000


class LocalLog:
    """Writes and reads the log in `folder`. Its methods may be called from any thread.

    `torn_bytes`: what was cut off at the end when the log was opened, left by an append that a
    crash interrupted.
    """

    def __init__(self, folder: Path, roll: Roll = Roll()) -> None:
        """Raises Stop when another process writes to it, OSError when the folder cannot be used."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.torn_bytes = 0
        self._roll = roll
        self._lock = lock(folder / "lock")
        self._writing = threading.Lock()
        self._grown = threading.Condition()
        self._end, self._received = self._recovered()
        self._closed = False
        self._fd: int | None = None
        self._segment = segment_at(folder, self._end)
        self._opened = 0
        self._reader = Reader(folder, lambda: self._end)

    @property
    def end(self) -> int:
        """The position after the last durable record."""
        return self._end

    @property
    def received(self) -> int:
        """The latest receipt of all that was ever stored (ms), 0 when nothing was."""
        return self._received

    @property
    def damaged(self) -> dict[int, int]:
        """Position and length of every stretch met in reading that holds no record."""
        return self._reader.damaged

    def append(self, entries: Sequence[Entry]) -> int:
        """Store these (at least one), durably and in this order; answer the position after them.

        Raises Retry when storage fails: none of them counts as stored, and the log stays usable.
        """
        with self._writing:
            if self._closed:
                message = "the log is closed"
                raise Retry(message)
            end, received, frames = self._end, self._received, []
            try:
                fd = self._current(entries[0].first)
                for entry in entries:
                    received = max(received, entry.last)
                    frames.append(pack(entry, end, received))
                    end += len(frames[-1])
                write(fd, b"".join(frames), self._end - self._segment.base)
                os.fdatasync(fd)
            except OSError as error:
                self._leave()
                message = f"cannot write the log: {error.strerror}"
                raise Retry(message) from error
            with self._grown:
                self._end, self._received = end, received
                self._grown.notify_all()
            return end

    def read(self, position: int = 0) -> Iterator[Record]:
        """The durable records from `position` (or the oldest kept), in order, to the present end.

        To go on later, read from `next` of the last one.
        """
        return self._reader.read(position)

    def seek(self, received: int) -> int:
        """The position of the first record with a report received at or after `received` (ms).

        Where there is none, the end.
        """
        return self._reader.seek(received)

    def wait(self, position: int, timeout: float | None = None) -> bool:
        """Wait up to `timeout` s for a record at or after `position`; False: none, or closed."""
        with self._grown:
            self._grown.wait_for(lambda: self._end > position or self._closed, timeout)
            return self._end > position

    def retain(self, received: int, position: int) -> int:
        """Delete segments before `position` whose reports were received before `received` (ms).

        Answers how many were deleted. The newest segment always stays.
        """
        deleted = 0
        for segment, following in pairwise(segments(self.folder)):
            record = next(self.read(following.base), None)
            if following.base > position or record is None or record.first >= received:
                break
            segment.path.unlink()
            deleted += 1
        return deleted

    def discard(self, position: int) -> None:
        """Delete the segments that end at or before `position`; all, where nothing lies behind it.

        Raises OSError; then some may still be there.
        """
        with self._writing:
            if self._closed:
                return
            listed = segments(self.folder)
            for segment, following in pairwise(listed):
                if following.base <= position:
                    segment.path.unlink()
            if listed and position >= self._end > listed[-1].base:
                # The new one's name says where the log ends.
                self._leave()
                self._current(self._received)
                listed[-1].path.unlink()

    def close(self) -> None:
        """Let others write to the folder; wakes those who wait."""
        with self._writing, self._grown:
            if not self._closed:
                self._closed = True
                self._grown.notify_all()
                self._leave()
                os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _current(self, received: int) -> int:
        """The file to write to: the current segment, or a new one where it is full or was left."""
        full = self._end - self._segment.base >= self._roll.size
        if full or received - self._opened >= self._roll.age:
            self._leave()
        if self._fd is None:
            self._segment = segment_at(self.folder, self._end)
            # A file of this name can only hold what was never promised.
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            self._fd = os.open(self._segment.path, flags, 0o644)
            self._opened = received
            os.fsync(self._fd)
            sync_names(self.folder)
        return self._fd

    def _leave(self) -> None:
        """Close the current segment, with nothing in it that was not promised."""
        if self._fd is None:
            return
        fd, self._fd = self._fd, None
        with suppress(OSError):
            os.ftruncate(fd, self._end - self._segment.base)
        with suppress(OSError):
            os.close(fd)

    def _recovered(self) -> tuple[int, int]:
        """The end and the latest receipt of what earlier processes left; cuts off what is torn."""
        listed = segments(self.folder)
        if not listed:
            return 0, 0
        newest = listed[-1]
        last = None
        for segment in reversed(listed):
            for last in Reader(self.folder).read(segment.base):  # noqa: B007 - the last one
                pass
            if last:
                break
        end = max(newest.base, last.next) if last else newest.base
        self.torn_bytes = cut(newest.path, end - newest.base)
        return end, last.received if last else 0
