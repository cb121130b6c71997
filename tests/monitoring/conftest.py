"""What the tests here share: processes of Penonton, and a Prometheus that scrapes them."""

import contextlib
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import pytest
import yaml

from dashboards.metrics import rules
from penonton.cluster import topics
from penonton.installation import warm_up
from penonton.settings import load
from penonton.simulate.world import CHANNELS
from tests.faults.processes import until
from tests.faults.stage import QUICK
from tests.kafka.brokers import Cluster
from tests.monitoring.exposing import Exposing
from tests.monitoring.history import STEP, Series, remember
from tests.monitoring.prometheus import RULES, Prometheus

DAY: Final = 86_400
HOUR: Final = 3_600
PAST: Final = 30.0
"""Concurrent viewers of every channel in the weeks before."""

# What a test cannot wait for.
ALWAYS: Final = {
    "name": "always",
    "interval": "1s",
    "rules": [
        {
            "alert": "PenontonTestOnly",
            "expr": "vector(1)",
            "labels": {
                "kind": "test",
                "severity": "info",
                "channel": "*",
                "platform": "web",
                "instance": "collector:9464",
            },
        },
        {"record": "penonton_scheduled_event", "expr": "vector(1)", "labels": {"channel": "*"}},
    ],
}


def configuration(*targets: int) -> dict[str, Any]:
    """Ours, with what is scraped on these ports of 127.0.0.1."""
    ours: dict[str, Any] = yaml.safe_load((RULES.parent / "prometheus.yml").read_text())
    ours["rule_files"] = [str(RULES.parent / pattern) for pattern in ours["rule_files"]]
    (job,) = ours["scrape_configs"]
    job["static_configs"] = [{"targets": [f"127.0.0.1:{port}" for port in targets]}]
    return ours


def weeks(now: float, *channels: str) -> list[list[Series]]:
    """As if all had always had so many viewers."""
    return [
        [
            Series("penonton_concurrent_viewers", {"channel": name}, flat(start, end, PAST))
            for name in ("*", *channels)
        ]
        for start, end in spans(now)
    ]


def spans(now: float) -> list[tuple[float, float]]:
    """What the rules look at: the last hour, and what is around it in weeks and a day before."""
    around = [(now - days * DAY - HOUR, now - days * DAY + HOUR / 4) for days in (21, 14, 7, 1)]
    return [*around, (now - HOUR, now)]


def flat(start: float, end: float, value: float, slope: float = 0.0) -> list[tuple[float, float]]:
    """A value at each scrape; `slope`: how much it grows a second."""
    times = [start + STEP * n for n in range(int(end - start) // STEP + 1)]
    return [(at, value + slope * (at - start)) for at in times]


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """Once, before several processes would do it at the same time."""
    warm_up()


@pytest.fixture(scope="session")
def processes(
    tmp_path_factory: pytest.TempPathFactory, cluster: Cluster
) -> Iterator[list[Exposing]]:
    """A `serve` with its demo, one whose seconds are final soon, a collector and a worker."""
    folder = tmp_path_factory.mktemp("processes")
    kafka = {"PENONTON_KAFKA": cluster.bootstrap, "PENONTON_TOPICS": "monitored"}
    topics(load(kafka), only_look=False)
    serve = Exposing("serve", {}, folder / "serve", "--demo", "300")
    collector = Exposing("collect", kafka, folder / "collect")
    worker = Exposing("worker", kafka, folder / "worker")
    quick = Exposing("serve", QUICK, folder / "quick")
    running = [serve, quick, collector, worker]
    with contextlib.ExitStack() as stack:
        for process in running:
            stack.callback(process.kill)
            process.start()
        for process in running:
            process.until_answers("/healthz")
        until("a report is counted", collector.takes_a_report)
        until("a report is counted", quick.takes_a_report)
        until("a second is stored", lambda: "penonton_storage_lag_seconds" in quick.names)
        assert serve.post(b"no report") == 400
        yield running


@pytest.fixture(scope="session")
def prometheus(
    tmp_path_factory: pytest.TempPathFactory, processes: list[Exposing]
) -> Iterator[Prometheus]:
    """It has seen them twice at least, and remembers weeks."""
    folder = tmp_path_factory.mktemp("prometheus")
    remember(folder, weeks(time.time() // STEP * STEP, *CHANNELS), rules())
    ours = configuration(*(process.metrics for process in processes))
    ours["global"] |= {"scrape_interval": "1s"}
    always = folder / "always.yml"
    always.write_text(yaml.safe_dump({"groups": [ALWAYS]}))
    ours["rule_files"].append(str(always))
    with Prometheus(folder, ours) as prometheus:
        until(
            "all processes are scraped twice",
            lambda: len(prometheus.at('count_over_time(up{job="penonton"}[1m]) > 2')) == 4,
        )
        assert processes[0].post(b"no report") == 400
        for what in ("rejects", "session_ends"):
            until(what, partial(prometheus.at, f"sum(rate(penonton_{what}_total[1m])) > 0"))
        until("an alert fires", lambda: prometheus.at('ALERTS{alertstate="firing"}'))
        yield prometheus
