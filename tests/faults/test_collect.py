"""The command `collect` starts and takes reports with Kafka away, and delivers them afterwards."""

import urllib.request
from pathlib import Path

import msgspec

from penonton.cluster import topics
from penonton.settings import load
from tests.faults import stored
from tests.faults.processes import Process, until
from tests.kafka.brokers import Cluster

BODY = {"channel": "tv1", "session": "s1", "state": "playing"}


def test_what_is_posted_while_kafka_is_away_arrives_once_it_is_back(tmp_path: Path) -> None:
    with Cluster(tmp_path / "kafka") as cluster:
        settings = {
            "PENONTON_KAFKA": cluster.bootstrap,
            "PENONTON_PARTITIONS": "2",
            "PENONTON_KAFKA_TIMEOUT": "1",
        }
        topics(load(settings), only_look=False)
        cluster.kill()
        data = tmp_path / "collector" / "data"
        process = Process(
            "collector", ["penonton", "collect"], settings | {"PENONTON_DATA": f"{data}"}
        )
        process.start()
        try:
            process.until_answers()
            request = urllib.request.Request(process.url + "/v1/reports", msgspec.json.encode(BODY))
            with urllib.request.urlopen(request, timeout=60) as answer:
                assert answer.status == 202
            assert len(stored.spooled(data / "spool")) == 1
            assert b"penonton_spool_bytes" in process.get("/metrics")
            cluster.start()
            until("it is drained", lambda: not stored.spooled(data / "spool"))
            assert process.stop() == 0
        finally:
            if process.running:
                process.kill()
        found, _ = stored.reports(cluster.bootstrap, "penonton.reports", 2, load(settings).rules)
        assert [each.channel for some in found.values() for each in some] == ["tv1"]
