"""What a process answers a scrape."""

import subprocess
import urllib.request
from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from sinks.prometheus import CONTENT_TYPE


def scraped(port: int) -> str:
    """The metrics of the process that exposes them on `port` of 127.0.0.1."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        assert answer.headers["content-type"] == CONTENT_TYPE
        text: str = answer.read().decode()
        return text


def samples(text: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(text):
        yield from family.samples


def faults(text: str) -> str:
    """What promtool finds wrong with them; empty: nothing."""
    found = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0 or found.stdout + found.stderr
    return found.stdout + found.stderr
