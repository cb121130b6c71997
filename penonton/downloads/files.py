"""Which files of those that are named are exports, and what they tell."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from penonton.downloads import apple, google
from penonton.downloads.exports import Export, Unreadable


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file's name says it is; `read` None: `why` it is left out."""

    name: re.Pattern[str]
    read: Callable[[Path, bytes], Export] | None = None
    why: str = ""


KINDS: Final = (
    Kind(re.compile(google.NAME.pattern.replace("[a-z_]+", "overview|country")), google.read),
    Kind(google.NAME, why="the overview tells the same downloads"),
    Kind(apple.NAME, apple.read),
    Kind(
        re.compile(r"[A-Z]+_(?:[A-Z]_)?[WMY]_\d+_\d+(?: ?\(\d+\))?\.txt(?:\.gz)?\Z"),
        why="it adds up days; only daily reports, S_D_..., are taken",
    ),
)
NONE: Final = Kind(
    re.compile(""),
    why="its name is not that of an export, installs_<package>_<YYYYMM>_overview.csv or "
    "S_D_<vendor>_<YYYYMMDD>.txt.gz; keep the names that the stores give",
)


@dataclass(frozen=True, slots=True)
class Found:
    """`exports` to import, and the files of folders that are `left_out`, with the reason."""

    exports: Sequence[Export]
    left_out: Sequence[tuple[Path, str]]


def read(paths: Iterable[Path]) -> Found:
    """Read files, and the files of folders and their folders.

    Raises Unreadable for the first that is wrong, and for one that is named and is no export.
    """
    exports, left_out = [], []
    for path, named in _files(paths):
        kind = next((kind for kind in KINDS if kind.name.match(path.name)), NONE)
        if kind.read:
            exports.append(kind.read(path, _bytes(path)))
        elif named:
            message = f"{path}: {kind.why}"
            raise Unreadable(message)
        else:
            left_out.append((path, kind.why))
    return Found(exports, left_out)


def _files(paths: Iterable[Path]) -> Iterable[tuple[Path, bool]]:
    """Each file once, and whether it was named itself."""
    seen = set()
    for path in paths:
        folder = path.is_dir()
        for file in sorted(path.rglob("[!.]*")) if folder else [path]:
            if (real := file.resolve()) not in seen and not file.is_dir():
                seen.add(real)
                yield file, not folder


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise Unreadable(message) from error
