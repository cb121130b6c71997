"""What is wrong with this installation, and what to do about it: one finding a check."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from penonton import checks
from penonton.checks import Found, Verdict
from penonton.settings import InvalidSetting, Settings, load

COLUMNS: Final = ("check", "verdict", "message")

CHECKS: Final[dict[str, Callable[[Settings], Found]]] = {
    "data folder": checks.data_folder,
    "fsync": checks.fsync,
    "clock": checks.clock,
    "time zones": checks.time_zones,
    "chdb": checks.chdb,
    "storage": checks.storage,
    "log": checks.log,
    "id key": checks.id_key,
    "interval": checks.interval,
    "port": checks.port,
    "metrics port": checks.metrics_port,
    "compiled code": checks.compiled,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `message` says what to do where something is to be done."""

    check: str
    verdict: Verdict
    message: str

    @property
    def row(self) -> dict[str, object]:
        """As a row of `COLUMNS`."""
        return {"check": self.check, "verdict": self.verdict.value, "message": self.message}


def examine(environment: Mapping[str, str], data: Path | None = None) -> Iterator[Finding]:
    """Every finding, in the order of what stands on what; `data` as on the command line."""
    yield _finding("python", checks.python)
    yield _finding("settings", partial(checks.settings_load, environment, data))
    try:
        settings = load(environment, data=data)
    except InvalidSetting:
        return  # what else there is to see depends on them
    for name, check in CHECKS.items():
        yield _finding(name, partial(check, settings))
    if settings.kafka:
        yield from _of_the_cluster(settings)


def _of_the_cluster(settings: Settings) -> Iterator[Finding]:
    from penonton import cluster_checks
    from penonton.cluster import Refused

    try:
        with cluster_checks.look(settings) as looked:
            for name, check in cluster_checks.KAFKA.items():
                yield _finding(name, partial(check, looked))
    except Refused as error:
        yield Finding("kafka", Verdict.bad, str(error))
    for name, stored in cluster_checks.CLICKHOUSE.items():
        yield _finding(name, partial(stored, settings))


def _finding(name: str, check: Callable[[], Found]) -> Finding:
    try:
        return Finding(name, *check())
    except Exception as error:
        return Finding(name, Verdict.bad, f"{type(error).__name__}: {error}")
