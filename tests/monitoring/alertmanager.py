"""A real Alertmanager in a process of its own, with our configuration and another webhook."""

import contextlib
import json
import subprocess
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from tests.faults.processes import until
from tests.kafka.brokers import free_ports

FOLDER: Final = Path(__file__).parents[2] / "dashboards" / "alertmanager"
CONFIGURATION: Final = FOLDER / "alertmanager.yml"
WEBHOOK: Final = "http://127.0.0.1:9099/penonton"


class Alertmanager:
    """A context manager: it answers inside, and is stopped on leaving."""

    def __init__(self, folder: Path, webhook: str) -> None:
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.messages = folder / "alertmanager.txt"
        self._folder = folder
        ours = CONFIGURATION.read_text()
        assert ours.count(WEBHOOK) == 2
        ours = ours.replace("- templates/", f"- {FOLDER}/templates/")
        (folder / "alertmanager.yml").write_text(ours.replace(WEBHOOK, webhook))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.messages.open("a") as messages:
            self._process = subprocess.Popen(
                [
                    "prometheus-alertmanager",
                    f"--config.file={self._folder / 'alertmanager.yml'}",
                    f"--storage.path={self._folder / 'alertmanager'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--cluster.listen-address=",
                ],
                stdout=messages,
                stderr=messages,
            )
        until(f"Alertmanager answers: {self.messages}", self._ready)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process
        self._process.terminate()
        self._process.wait(60)

    def _ready(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self.messages.read_text()
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/-/ready") as answer:
            return bool(answer.status == 200)
        return False

    def fire(self, *alerts: Mapping[str, str]) -> None:
        """Tell it, as Prometheus does, that alerts with these labels fire."""
        body = [{"labels": labels, "annotations": {"summary": "it is so"}} for labels in alerts]
        request = urllib.request.Request(
            f"{self.url}/api/v2/alerts",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=60).close()

    def inhibited(self) -> list[dict[str, str]]:
        """The labels of those that it holds back for another."""
        asked = f"{self.url}/api/v2/alerts?active=false&silenced=false&inhibited=true"
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return [alert["labels"] for alert in json.load(answer)]
