"""Processes of Penonton that are scraped."""

import urllib.error
import urllib.request
from pathlib import Path

import msgspec

from tests.faults.processes import Process
from tests.kafka.brokers import free_ports
from tests.monitoring.scraping import samples, scraped


class Exposing(Process):
    """A process with a port of its own for metrics."""

    def __init__(self, command: str, settings: dict[str, str], folder: Path, *options: str) -> None:
        (self.metrics,) = free_ports(1)
        own = {"PENONTON_METRICS_PORT": str(self.metrics), "PENONTON_DATA": str(folder / "data")}
        super().__init__(command, ["penonton", command, *options], settings | own)

    def post(self, body: bytes, **headers: str) -> int:
        """The status with which it answers reports; 0: it does not answer."""
        request = urllib.request.Request(f"{self.url}/v1/reports", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status: int = answer.status
                return status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def takes_a_report(self) -> bool:
        report = {"session": "s", "channel": "tv", "state": "playing"}
        return self.post(msgspec.json.encode(report)) == 202

    @property
    def names(self) -> set[str]:
        """Of the metrics that it gives."""
        return {sample.name for sample in samples(scraped(self.metrics))}
