"""Which engine holds the tables: the ClickHouse server that is named, else chDB in the data."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

from penonton.settings import Settings
from sinks.engine import Engine, Stop
from sinks.migrate import migrate


def engine(settings: Settings) -> Engine:
    """The engine that the settings name; chDB through the process that has it open, if one does.

    Raises `sinks.engine.Stop` or `Retry` where it cannot be had.
    """
    if settings.clickhouse:
        return owned(settings)
    from sinks.shared import SharedEngine, shares

    return SharedEngine(settings.data) if shares(settings.data) else owned(settings)


def owned(settings: Settings) -> Engine:
    """The same for who is to be the one process that has chDB open."""
    if settings.clickhouse:
        from sinks.clickhouse import ServerEngine

        return ServerEngine(settings.clickhouse)
    from sinks.chdb import ChdbEngine

    settings.data.mkdir(parents=True, exist_ok=True)
    return ChdbEngine(settings.data / "chdb")


def exists(settings: Settings) -> bool:
    """Whether anything was ever stored."""
    return bool(settings.clickhouse) or (settings.data / "chdb").is_dir()


@contextlib.contextmanager
def to_read(settings: Settings) -> Iterator[Engine]:
    """The engine for who only reads. Raises Stop where nothing was ever stored, and as it does.

    The schema of a server is left as it is: who reads may not be allowed to change it.
    """
    if not exists(settings):
        message = f"{settings.data}: nothing is stored there yet"
        raise Stop(message)
    with contextlib.closing(engine(settings)) as storing:
        if not settings.clickhouse:
            migrate(storing)
        yield storing


@contextlib.contextmanager
def beside_another(settings: Settings) -> Iterator[Engine]:
    """The same for a process that has a chDB database of its own open: it can have no second.

    So where nobody shares the folder's, a process is started that does. Raises Stop or Retry.
    """
    from sinks.shared import SharedEngine, shares

    with contextlib.ExitStack() as stack:
        if not settings.clickhouse and not shares(settings.data):
            stack.enter_context(_sharing(settings))
        opened = SharedEngine(settings.data) if not settings.clickhouse else engine(settings)
        yield stack.enter_context(contextlib.closing(opened))


@contextlib.contextmanager
def _sharing(settings: Settings) -> Iterator[None]:
    """A process that has the folder's database open. It ends with this one, however that ends."""
    from sinks.shared import SHARED

    settings.data.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "sinks.shared", str(settings.data)],
        stdin=subprocess.PIPE,  # which ends when this process does
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        said = process.stdout.readline().decode().strip()
        try:
            if said != SHARED:
                raise Stop(said or f"{settings.data}: its storage cannot be opened")
            yield
        finally:
            process.stdin.close()
