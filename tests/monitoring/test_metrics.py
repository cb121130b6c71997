"""Metrics as a contract: what is declared, documented, given by every process, and looked at."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from faust.types import TP

from audience.rules import Rules
from audience.snapshot import ChannelNow, Snapshot
from dashboards.metrics import Rule, alerts_by_metric, rules
from ingest.endpoints import ENDPOINTS
from ingest.identity import Identity
from ingest.platforms import PLATFORMS
from ingest.reasons import Reason
from penonton.cluster import topics
from penonton.settings import load
from sinks.metrics import Metric, page
from sinks.prometheus import AudienceCollector, Facts, exposition
from streams.app import Worker
from streams.cluster import Cluster
from tests.faults.processes import until
from tests.kafka.brokers import Kafka
from tests.monitoring.conftest import configuration
from tests.monitoring.exposing import Exposing
from tests.monitoring.prometheus import Prometheus
from tests.monitoring.scraping import faults, samples, scraped

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "metrics.md"
DECLARED = {metric.value.name: metric.value for metric in Metric}
LIVE = {name for name, declared in DECLARED.items() if declared.live}
PLATFORM_CALLED = "platform called 'itself' by a player"


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exposing]:
    settings = {"PENONTON_MAX_CHANNELS": "9", "PENONTON_METRICS_CHANNELS": "7"}
    process = Exposing("serve", settings, tmp_path_factory.mktemp("serve"), "--demo", "40")
    process.start()
    process.until_answers("/readyz")
    yield process
    process.kill()


@pytest.fixture
def clustered(kafka: Kafka, tmp_path: Path) -> Iterator[dict[str, Exposing]]:
    settings = kafka.environment()
    topics(load(settings), only_look=False)
    found = {name: Exposing(name, settings, tmp_path / name) for name in ("collect", "worker")}
    for process in found.values():
        process.start()
    for process in found.values():
        process.until_answers("/healthz")
    yield found
    for process in found.values():
        process.kill()


def test_the_page_about_metrics_is_what_the_declarations_and_the_rules_say() -> None:
    said = page(alerts_by_metric(rules()))
    assert DOCS.read_text() == said, "run: python -m dashboards.metrics > docs/metrics.md"


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_name_says_its_unit_and_whether_it_only_grows(name: str) -> None:
    declared = DECLARED[name]
    assert name.endswith("_total") == (declared.kind == "counter")
    for unit in ("seconds", "bytes", "ratio"):
        assert name.endswith(f"_{unit}") == declared.unit.startswith(unit)


def test_no_rule_looks_at_a_metric_that_is_not_declared() -> None:
    named = {name for rule in rules() for name in re.findall(r"penonton_\w+", str(rule["expr"]))}
    assert named <= DECLARED.keys()


RULES: list[Rule] = [
    {"record": "a:now", "expr": "max(penonton_spool_bytes)"},
    {"record": "a:high", "expr": "a:now > 2 * a:high offset 1w"},
    {"alert": "Direct", "expr": "penonton_spool_bytes > 1"},
    {"alert": "ByWayOfTwo", "expr": "a:high unless penonton_scheduled_event == 1"},
    {"alert": "Other", "expr": "penonton_spool_bytes_of_something_else > 1 or up == 0"},
]


def test_an_alert_looks_at_what_its_recording_rules_look_at() -> None:
    assert alerts_by_metric(RULES) == {
        "penonton_spool_bytes": ["Direct", "ByWayOfTwo"],
        "penonton_scheduled_event": ["ByWayOfTwo"],
    }


def test_what_serve_gives_is_well_formed_and_declared(serve: Exposing) -> None:
    until("someone is counted", lambda: serve.names >= LIVE - {"penonton_scheduled_event"})
    given = scraped(serve.metrics)
    assert faults(given) == ""
    penontons = {s.name: set(s.labels) for s in samples(given) if s.name.startswith("penonton_")}
    assert penontons == {name: set(DECLARED[name].labels) for name in penontons}


def test_what_a_collector_and_a_worker_give_is_well_formed_and_declared(
    clustered: dict[str, Exposing],
) -> None:
    collector, worker = clustered["collect"], clustered["worker"]
    until(
        "a report is counted",
        lambda: collector.takes_a_report() and "penonton_concurrent_viewers" in worker.names,
    )
    for process in (collector, worker):
        given = scraped(process.metrics)
        assert faults(given) == ""
        assert {n for n in process.names if n.startswith("penonton_")} <= DECLARED.keys()
    assert not collector.names & LIVE
    assert "penonton_spool_bytes" in collector.names
    assert "penonton_partitions_held" in worker.names


def test_metrics_are_apart_from_the_public_port(serve: Exposing) -> None:
    assert serve.get("/metrics") is None
    assert serve.get("/api/v1/live") is not None


def test_the_gauges_of_a_process_that_is_killed_end_with_it(tmp_path: Path) -> None:
    process = Exposing("serve", {}, tmp_path / "serve")
    ours = configuration(process.metrics)
    ours["global"] |= {"scrape_interval": "1s"}
    ours["rule_files"] = []
    with contextlib.ExitStack() as stack:
        process.start()
        stack.callback(lambda: process.kill() if process.running else None)
        process.until_answers("/readyz")
        until("a report is counted", process.takes_a_report)
        prometheus = stack.enter_context(Prometheus(tmp_path, ours))
        until("it is scraped", lambda: prometheus.at("penonton_concurrent_viewers"))
        process.kill()
        # Sooner than the 5 min for which Prometheus goes on with a value of which it knows no end.
        until("nothing is left", lambda: not prometheus.at('{__name__=~"penonton_.+"}'))
        assert [found["value"][1] for found in prometheus.at("up")] == ["0"]


def test_no_label_is_what_a_player_made_up(serve: Exposing) -> None:
    for n in range(20):
        said: dict[str, Any] = {"session": "s", "channel": f"channel-{n}", "state": "playing"}
        said["platform"] = f"{PLATFORM_CALLED} {n}"
        agent = {"User-Agent": f"agent-{n}"}
        serve.post(msgspec.json.encode(said), **agent)
        serve.post(msgspec.json.encode({**said, "state": f"state-{n}"}), **agent)
        serve.post(b"no report", **agent)
    bounds: dict[str, set[str]] = {
        "platform": set(PLATFORMS),
        "protocol": {endpoint.protocol for endpoint in ENDPOINTS.values()},
        "reason": {*Reason, "reported", "timeout"},
        "zone": {"Asia/Jakarta"},
    }
    found: dict[str, set[str]] = {}
    given = list(samples(scraped(serve.metrics)))
    for sample in given:
        for label, value in sample.labels.items():
            found.setdefault(label, set()).add(value)
    # Of 9 channels that are taken 7 have a label of their own.
    assert len(found.pop("channel") - {"*", "other"}) == 7
    assert [each.value for each in given if each.name == "penonton_folded_channels"] == [2]
    counted = {each.name for each in given if each.labels.get("channel") == "other"}
    assert "penonton_reports_total" in counted
    assert found.keys() == bounds.keys()
    for label, values in found.items():
        assert values <= bounds[label]
    assert Reason.TOO_MANY_CHANNELS in found["reason"]
    assert "other" in found["platform"]


def test_a_worker_that_loses_the_totals_gives_no_live_gauge_more(tmp_path: Path) -> None:
    async def gauges() -> list[set[str]]:
        cluster = Cluster(
            kafka="127.0.0.1:1",
            topics="penonton",
            partitions=1,
            rules=Rules(),
            zones=[],
            identify=Identity(""),
            data=tmp_path,
            instance="",
            session_timeout=10,
            poison=50,
        )
        worker = Worker(cluster, None, lambda: None)
        collector = AudienceCollector(lambda: worker.snapshot, Facts, lambda: 0, 10)
        given = []
        for totals in ({TP(cluster.topic("levels"), 0)}, set()):
            await worker._assigned(None, totals)
            if worker.total:
                now = [ChannelNow("*", 1, 1, 0)]
                worker.snapshot = Snapshot(0, 0, 0, 1.0, now, [])
            given.append({s.name for s in samples(exposition(collector)().decode())} & LIVE)
        return given

    with_totals, without = asyncio.run(gauges())
    assert "penonton_concurrent_viewers" in with_totals
    assert without == set()
