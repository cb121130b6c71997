"""Refused reports, kept on disk so that they can be read and sent again once the cause is known.

What is kept is what the player sent, ids included: the files stay on the collector's disk, and only
its owner may read them.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

FILE_LIMIT: Final = 16 * 2**20
FILES: Final = 4
PER_SECOND: Final = 256 * 2**10
BODY_LIMIT: Final = 64 * 2**10


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

    At most `per_second` bytes are written a second, so that a flood neither fills the disk nor soon
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
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._file_limit, self._files, self._per_second = file_limit, files, per_second
        self._second, self._spent = 0, 0
        self._number, self._size = self._end()
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
                self._write(b"".join(kept))
            except OSError:
                self.dropped += len(kept)

    def read(self) -> Iterator[Quarantined]:
        """Everything kept, oldest first; a line torn by a crash is left out."""
        for path in self._paths():
            for line in path.read_bytes().splitlines():
                try:
                    yield msgspec.json.decode(line, type=Quarantined)
                except msgspec.DecodeError:
                    continue

    def _affords(self, size: int, second: int) -> bool:
        if second != self._second:
            self._second, self._spent = second, 0
        self._spent += size
        return self._spent <= self._per_second

    def _write(self, lines: bytes) -> None:
        if self._size and self._size + len(lines) > self._file_limit:
            self._number, self._size = self._number + 1, 0
            for path in self._paths()[: -self._files + 1 or None]:
                path.unlink()
        path = self._directory / f"{self._number:08}.ndjson"
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(lines)
        self._size += len(lines)

    def _end(self) -> tuple[int, int]:
        """The number of the file to go on with, and its size."""
        paths = self._paths()
        if not paths:
            return 1, 0
        number, content = int(paths[-1].stem), paths[-1].read_bytes()
        # What a crash tore must not swallow the line that comes next.
        return (number, len(content)) if content.endswith(b"\n") else (number + 1, 0)

    def _paths(self) -> list[Path]:
        return sorted(self._directory.glob("[0-9]" * 8 + ".ndjson"))
