"""What a collector of a cluster refused, and what was replayed there, is in the day's receipt."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import msgspec

from tests.backfill.running import penonton
from tests.faults.processes import Process, until
from tests.faults.stage import Stage, Stages
from tests.kafka.brokers import Cluster
from tests.today import NOON, today


def said_to(collector: Process, report: Mapping[str, object]) -> int:
    request = urllib.request.Request(collector.url + "/v1/reports", msgspec.json.encode(report))
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def receipt_with(worker: Process, channel: str, field: str, value: int) -> dict[str, Any]:
    """The receipt of today, once it says so."""

    def told() -> dict[str, Any] | None:
        path = f"/api/v1/days/{today()}/receipt?channel={channel}"
        receipt: dict[str, Any] | None = worker.get(path)
        return receipt if receipt and receipt[field] == value else None

    found: dict[str, Any] = until(f"the receipt of {channel} to say {field} {value}", told)
    return found


def replayed(stage: Stage, collector: Process) -> str:
    settings = stage.settings | {"PENONTON_DEFAULT_CHANNEL": "tv"}
    answer = penonton("quarantine", "replay", "--format", "json", data=collector.data, **settings)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_of_a_cluster_too_and_of_a_collector_s_last_second(
    stages: Stages, cluster: Cluster
) -> None:
    with stages.around(cluster.bootstrap, **NOON) as stage:
        collector, worker = stage.collector(), stage.worker("worker")
        good: dict[str, object] = {"channel": "tv", "session": "s1", "state": "playing"}
        assert said_to(collector, good) == 202
        for bad in ({**good, "seq": -1}, {"session": "s2", "state": "playing"}):
            assert said_to(collector, bad) == 400
        stage.until_counted()
        known = receipt_with(worker, "tv", "refused_reports", 1)
        assert known["refused_of_unknown_channel"] == 1
        assert receipt_with(worker, "*", "refused_reports", 2)["reports"] == 1

        assert '"outcome":"replayed"' in replayed(stage, collector)
        receipt_with(worker, "tv", "replayed_reports", 1)

        assert said_to(collector, {**good, "seq": -1}) == 400
        assert collector.stop() == 0
        receipt_with(worker, "tv", "refused_reports", 2)
