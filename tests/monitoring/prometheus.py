"""A real Prometheus in a process of its own, its configuration and storage in a folder."""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Final, Self

import yaml

from tests.faults.processes import until
from tests.kafka.brokers import free_ports

RULES: Final = Path(__file__).parents[2] / "dashboards" / "prometheus" / "rules"


class Prometheus:
    """A context manager: it answers inside, and is stopped on leaving."""

    def __init__(self, folder: Path, configuration: dict[str, Any]) -> None:
        self.folder = folder
        self.storage = folder / "storage"
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.messages = folder / "prometheus.txt"
        self._configuration = folder / "prometheus.yml"
        self._configuration.write_text(yaml.safe_dump(configuration))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.messages.open("a") as messages:
            self._process = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={self._configuration}",
                    f"--storage.tsdb.path={self.storage}",
                    "--storage.tsdb.retention.time=60d",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                ],
                stdout=messages,
                stderr=messages,
            )
        until(f"Prometheus answers: {self.messages}", self._ready)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process
        self._process.terminate()
        self._process.wait(60)

    def _ready(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self.messages.read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def at(self, expr: str, when: float | None = None) -> list[dict[str, Any]]:
        """What an instant query answers; raises AssertionError where it is none."""
        when_ = {} if when is None else {"time": when}
        found: list[dict[str, Any]] = self._ask("query", {"query": expr, **when_})["result"]
        return found

    def over(self, expr: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """The series that a range query answers."""
        span = {"query": expr, "start": start, "end": end, "step": step}
        found: list[dict[str, Any]] = self._ask("query_range", span)["result"]
        return found

    def values(self, label: str, metric: str) -> list[str]:
        """The values that a label of a metric has."""
        found: list[str] = self._ask(f"label/{label}/values", {"match[]": metric})
        return found

    def _ask(self, what: str, given: dict[str, Any]) -> Any:
        url = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(given)}"
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            message = f"{given}: {error.read().decode()}"
            raise AssertionError(message) from error
