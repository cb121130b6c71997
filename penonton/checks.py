"""The checks of `penonton doctor`: each looks at one thing of the installation and says a sentence.

Whatever a check raises is a finding too.
"""

import os
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from http.client import HTTPException
from importlib.resources import files
from pathlib import Path
from shutil import disk_usage
from typing import Final
from urllib.request import urlopen
from zoneinfo import ZoneInfo

from audience.rules import DEFAULT_INTERVAL
from penonton.id_key import FILE
from penonton.id_key import id_key as known_key
from penonton.settings import InvalidSetting, Settings, load

SPACE_BAD: Final = 100_000_000
SPACE_WARN: Final = 2_000_000_000
"""Free bytes: 21,420 viewers reporting every 30 s fill about a gigabyte of log in 5 hours."""
FSYNC_WARN: Final = 0.1
"""Seconds: every answer to a player waits for one fsync."""
CLOCK_WARN: Final = 2.0
"""Seconds that clocks may differ: as far as a player's clock may be ahead."""
BUILT: Final = 2026
"""No clock shows an earlier year."""
KEY_LENGTH: Final = 16

Mark = tuple[str, bytes]
"""A path, and what only Penonton answers there."""
PAGE: Final[Mark] = ("/openapi.json", b"Penonton")
METRICS: Final[Mark] = ("/metrics", b"penonton_")


class Verdict(StrEnum):
    """How much a finding matters."""

    ok = "ok"
    warn = "warn"
    bad = "bad"


Found = tuple[Verdict, str]
"""How much it matters; and what was found, with what to do where something is to be done."""


def python() -> Found:
    """Whether it is a version that this is made for."""
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Verdict.ok, version
    return Verdict.bad, f"{version}: use Python 3.11, 3.12 or 3.13"


def settings_load(environment: Mapping[str, str], data: Path | None) -> Found:
    """Whether they are valid."""
    try:
        load(environment, data=data)
    except InvalidSetting as error:
        return Verdict.bad, str(error)
    return Verdict.ok, "valid"


def data_folder(settings: Settings) -> Found:
    """Whether it can be written to, and has room."""
    if settings.data.exists() and not settings.data.is_dir():
        return Verdict.bad, f"{settings.data} is not a folder; name another with PENONTON_DATA"
    folder = _existing(settings.data)
    with tempfile.TemporaryFile(dir=folder):
        free = disk_usage(folder).free
    room = f"{settings.data.absolute()}: {free / 1e9:.1f} GB free"
    if free < SPACE_BAD:
        return Verdict.bad, f"{room}; free some, or set PENONTON_DATA to a larger disk"
    if free < SPACE_WARN:
        return Verdict.warn, f"{room}; free some, or set PENONTON_LOG_RETENTION_HOURS lower"
    return Verdict.ok, room


def fsync(settings: Settings) -> Found:
    """How fast the disk takes what it must not lose."""
    with tempfile.NamedTemporaryFile(dir=_existing(settings.data)) as file:
        began = time.monotonic()
        file.write(b"penonton")
        file.flush()
        os.fsync(file.fileno())
        took = time.monotonic() - began
    said = f"{took * 1000:.1f} ms"
    if took > FSYNC_WARN:
        return Verdict.warn, f"{said}: every answer to a player waits for it; use a faster disk"
    return Verdict.ok, said


def clock(settings: Settings) -> Found:
    """Whether the system's clock is sane, and the same as the disk's."""
    with tempfile.NamedTemporaryFile(dir=_existing(settings.data)) as file:
        now = time.time()
        apart = abs(now - Path(file.name).stat().st_mtime)
    said = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    if datetime.fromtimestamp(now, UTC).year < BUILT:
        return Verdict.bad, f"{said} cannot be: set the clock, and keep it with NTP"
    if apart > CLOCK_WARN:
        return Verdict.warn, f"{said}, but the disk's clock is {apart:.0f} s away: keep both by NTP"
    return Verdict.ok, said


def time_zones(settings: Settings) -> Found:
    """What time it is where days are counted."""
    now = datetime.now(UTC)
    local = (f"{zone}: {now.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" for zone in settings.zones)
    return Verdict.ok, ", ".join(local)


def chdb(_: Settings) -> Found:
    """Whether the storage engine starts and answers."""
    from chdb import connect

    connection = connect(":memory:")
    try:
        answer = str(connection.query("SELECT version()", "TSV")).strip()
    finally:
        connection.close()
    return Verdict.ok, f"engine {answer}"


def storage(settings: Settings) -> Found:
    """Whether the engine that holds the tables answers, and its days begin as ours do."""
    from penonton.day_starts import other_day_starts
    from penonton.storage import engine
    from sinks.store import Store

    if not settings.clickhouse and not (settings.data / "chdb").is_dir():
        return Verdict.ok, "none yet: the first start makes it"
    try:
        opened = engine(settings)
    except Exception:
        if _serves(settings.host, settings.port, PAGE):
            return Verdict.ok, "in use by the Penonton that serves"
        raise
    try:
        if not opened.query("EXISTS TABLE progress")["result"][0].as_py():
            return Verdict.ok, "answers; it has no tables yet"
        wrong = other_day_starts(Store(opened), settings)
    finally:
        opened.close()
    return (Verdict.bad, wrong) if wrong else (Verdict.ok, "answers")


def log(settings: Settings) -> Found:
    """Whether every report that was promised to be kept can be read."""
    from ingest.log.reading import Reader

    reader = Reader(settings.data / "log")
    count = sum(record.count for record in reader.read())
    if reader.damaged:
        lost = sum(reader.damaged.values())
        return Verdict.bad, (
            f"{len(reader.damaged)} stretches ({lost} bytes) cannot be read, the first at "
            f"{min(reader.damaged)}: their reports are lost; check the disk"
        )
    return Verdict.ok, f"{count} reports, all readable"


def id_key(settings: Settings) -> Found:
    """Whether the hashes of ids are keyed."""
    key = known_key(settings)
    if not key:
        return Verdict.warn, (
            "ids are hashed without a key: who knows a viewer's id can find its reports; set "
            "PENONTON_ID_KEY before counting starts (changing it later makes every viewer a new "
            "one)"
        )
    if settings.id_key is None:
        return Verdict.ok, f"the data folder's own, in {settings.data / FILE}: keep a copy of it"
    if len(key) < KEY_LENGTH:
        return Verdict.warn, f"PENONTON_ID_KEY is short: use at least {KEY_LENGTH} characters"
    return Verdict.ok, "set"


def interval(settings: Settings) -> Found:
    """Whether players that report as often as they usually do are understood."""
    usual = DEFAULT_INTERVAL // 1000
    if settings.max_interval < usual:
        return Verdict.warn, (
            f"PENONTON_MAX_INTERVAL is {settings.max_interval} s, and most players report every "
            f"{usual} s: too few lost reports are forgiven them, and at {usual // 3} or less all "
            f"that they watch between two reports is lost; set it to {usual} or more"
        )
    return Verdict.ok, f"up to {settings.max_interval} s between two reports of a player"


def port(settings: Settings) -> Found:
    """Whether the port is free, or Penonton's already."""
    return _port(settings.host, settings.port, "PENONTON_PORT", PAGE)


def metrics_port(settings: Settings) -> Found:
    """Whether the port for metrics is free, or Penonton's already."""
    if settings.metrics_port is None:
        return Verdict.ok, f"/metrics is on port {settings.port}"
    return _port(settings.host, settings.metrics_port, "PENONTON_METRICS_PORT", METRICS)


def compiled(_: Settings) -> Found:
    """Whether compiled code can be kept, so that only the first start waits for it."""
    folder = Path(str(files("audience"))) / "fold"
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Verdict.ok, "kept beside the code"
    except OSError:
        return Verdict.warn, (
            f"{folder} cannot be written to: every start compiles again, for some seconds"
        )


def _port(host: str, number: int, key: str, mark: Mark) -> Found:
    try:
        with socket.create_server((host, number)):
            return Verdict.ok, f"{host}:{number} is free"
    except OSError as error:
        if _serves(host, number, mark):
            return Verdict.ok, f"{host}:{number} is served by Penonton"
        return Verdict.bad, f"{host}:{number}: {error.strerror}; choose another with {key}"


def _serves(host: str, number: int, mark: Mark) -> bool:
    path, text = mark
    try:
        with urlopen(f"http://{host}:{number}{path}", timeout=2) as answer:
            return text in answer.read()
    except (OSError, ValueError, HTTPException):
        return False


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists: looking must not make it."""
    return next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
