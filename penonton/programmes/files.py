"""Programmes out of files, read whole or refused whole."""

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from audience.programmes import Programme
from penonton.programmes import sheet, xmltv
from penonton.programmes.reading import Reading, Unreadable


def read(path: Path, reading: Reading, source: str) -> list[Programme]:
    """The programmes of a file, XMLTV or CSV, in order; raises Unreadable, with the line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise Unreadable(message) from error
    read_as = xmltv if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else sheet
    try:
        found = read_as.programmes(data, reading, source)
    except Unreadable as error:
        message = f"{path}, {error}"
        raise Unreadable(message) from error
    return _once(path, found)


def _once(path: Path, found: Iterable[Programme]) -> list[Programme]:
    """In order, each once; raises Unreadable where one is there with two ends."""
    ordered = sorted(set(found))
    for one, other in pairwise(ordered):
        if (one.start, one.channel, one.title) == (other.start, other.channel, other.title):
            message = f"{path}: {one.title!r} on {one.channel} is there twice, and not the same"
            raise Unreadable(message)
    return ordered
