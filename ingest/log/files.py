"""What the local log asks of the operating system."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path


class Stop(Exception):
    """This process must not go on: another one writes to the same log."""


def lock(path: Path) -> int:
    """Hold the lock `path` until the answered descriptor is closed; raises Stop when it is held."""
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.pread(held, 20, 0).decode(errors="replace").strip()
        os.close(held)
        message = f"process {owner} already writes to the log in {path.parent}"
        raise Stop(message) from error
    with suppress(OSError):  # who holds it is a courtesy to the reader of the message
        os.ftruncate(held, 0)
        os.pwrite(held, f"{os.getpid()}\n".encode(), 0)
    return held


def write(fd: int, data: bytes, offset: int) -> None:
    """Write all of `data` at `offset`."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(fd, rest, offset)
        rest, offset = rest[written:], offset + written


def sync_names(folder: Path) -> None:
    """Make durable which files the folder has."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def cut(path: Path, size: int) -> int:
    """Cut a file off at `size` bytes, durably; answers how many lay beyond."""
    fd = os.open(path, os.O_RDWR)
    try:
        beyond = os.fstat(fd).st_size - size
        os.ftruncate(fd, size)
        os.fsync(fd)
    finally:
        os.close(fd)
    return beyond
