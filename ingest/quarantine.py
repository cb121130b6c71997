"""Refused reports, kept on disk so that they can be read and sent again once the cause is known.

What is kept is what the player sent, ids included: the files stay on the collector's disk, and only
its owner may read them.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

FILE_LIMIT: Final = 16 * 2**20
FILES: Final = 4
PER_SECOND: Final = 256 * 2**10
BODY_LIMIT: Final = 64 * 2**10
AGE: Final = 30 * 86_400_000
"""ms that what was refused is kept, at most about."""
_DAY: Final = 86_400_000
_LOOK: Final = 3_600_000
_REPLAYED: Final = "replayed"


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A refused report. `received` in ms; `path` with query; `body`: its bytes, base64 in JSON.

    `cut`: the body was longer than BODY_LIMIT, so that it cannot be sent again as it was.
    """

    received: int
    protocol: str
    platform: str
    reason: str
    message: str
    path: str
    body: bytes
    cut: bool = False


class Quarantine:
    """NDJSON files in a directory: `files` of about `file_limit` bytes each, the oldest goes first.

    A file is for a day at most, and goes when `age` ms have passed since it was last written to. At
    most `per_second` bytes are written a second, so that a flood neither fills the disk nor soon
    pushes out what was there before it; `dropped` counts the reports
    that were not kept.
    """

    def __init__(
        self,
        directory: Path,
        *,
        file_limit: int = FILE_LIMIT,
        files: int = FILES,
        per_second: int = PER_SECOND,
        age: int = AGE,
        make: bool = True,
    ) -> None:
        """`make` False: only to look at it, whether it is there or not."""
        if make:
            directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._file_limit, self._files, self._per_second = file_limit, files, per_second
        self._age, self._looked = age, 0
        self._second, self._spent = 0, 0
        self._number, self._size, self._begun = self._end()
        self.dropped = 0

    def add(self, refused: Sequence[Quarantined]) -> None:
        """Keep these. Never raises: a full disk must not turn a refusal into an error of ours."""
        lines = [msgspec.json.encode(report) + b"\n" for report in refused]
        kept = [
            line
            for line, report in zip(lines, refused, strict=True)
            if self._affords(len(line), report.received // 1000)
        ]
        self.dropped += len(lines) - len(kept)
        if kept:
            try:
                self._write(b"".join(kept), refused[0].received)
            except OSError:
                self.dropped += len(kept)

    def read(self) -> Iterator[Quarantined]:
        """Everything kept, oldest first; a line torn by a crash is left out."""
        return (entry for _, entry in self.entries())

    def entries(self) -> Iterator[tuple[str, Quarantined]]:
        """The same, each with its id: what is kept twice has one."""
        for path in self.paths():
            for line in path.read_bytes().splitlines():
                for entry in _lines(line):
                    yield blake2b(line, digest_size=5).hexdigest(), entry

    def replayed(self) -> frozenset[str]:
        """The ids of what was taken since it was refused."""
        with contextlib.suppress(FileNotFoundError):
            return frozenset((self._directory / _REPLAYED).read_text().split())
        return frozenset()

    def mark_replayed(self, name: str) -> None:
        """Remember that this was taken: it is not to be sent twice."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        with os.fdopen(os.open(self._directory / _REPLAYED, flags, 0o600), "a") as file:
            file.write(f"{name}\n")

    def expire(self, now: int) -> None:
        """Delete files that were last written to more than `age` before `now` (ms).

        It looks once an hour, however often it is asked.
        """
        if now - self._looked < _LOOK:
            return
        self._looked = now
        for path in self.paths():
            with contextlib.suppress(OSError):  # then it goes another time
                if path.stat().st_mtime * 1000 < now - self._age:
                    path.unlink()

    def _affords(self, size: int, second: int) -> bool:
        if second != self._second:
            self._second, self._spent = second, 0
        self._spent += size
        return self._spent <= self._per_second

    def _write(self, lines: bytes, received: int) -> None:
        full = self._size and self._size + len(lines) > self._file_limit
        if full or received - (self._begun or received) >= _DAY:
            self._number, self._size, self._begun = self._number + 1, 0, None
            for path in self.paths()[: -self._files + 1 or None]:
                path.unlink()
        path = self._directory / f"{self._number:08}.ndjson"
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(lines)
        self._size += len(lines)
        self._begun = self._begun or received

    def _end(self) -> tuple[int, int, int | None]:
        """The number of the file to go on with, its size, and when (ms) it was begun."""
        paths = self.paths()
        if not paths:
            return 1, 0, None
        number, content = int(paths[-1].stem), paths[-1].read_bytes()
        if not content.endswith(b"\n"):  # a crash tore it: it must not swallow what comes next
            return number + 1, 0, None
        return number, len(content), next((entry.received for entry in _lines(content)), None)

    def paths(self) -> list[Path]:
        """The files, oldest first."""
        return sorted(self._directory.glob("[0-9]" * 8 + ".ndjson"))


def _lines(content: bytes) -> Iterator[Quarantined]:
    for line in content.splitlines():
        with contextlib.suppress(msgspec.DecodeError):
            yield msgspec.json.decode(line, type=Quarantined)
