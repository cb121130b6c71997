"""The collector dies with reports in its spool, the spool is damaged, the disk is full."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import stored
from tests.faults.operations import Outcome, What, what_it_says, what_was_said
from tests.faults.players import hostile
from tests.faults.processes import until
from tests.faults.seeds import told
from tests.faults.stage import Stage, Stages
from tests.kafka.brokers import Cluster


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A broker for the tests of this module; each of them kills it and brings it back."""
    with Cluster(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster


@pytest.fixture
def stage(stages: Stages, lone: Cluster) -> Iterator[Stage]:
    with stages.around(lone.bootstrap) as stage:
        yield stage


def spool_of(stage: Stage) -> Path:
    return stage.collectors[0].data / "spool"


def test_a_collector_is_killed_with_reports_in_its_spool_and_none_is_lost(
    stage: Stage, lone: Cluster
) -> None:
    rng = random.Random(told())
    collector = stage.collector()
    stage.worker("worker-1")
    stage.until_counted()
    with stage.load([collector], hostile(rng.randrange(1000), 300, 120)) as load:
        lone.kill()
        for _ in range(3):
            until("it spools", lambda: len(stored.spooled(spool_of(stage))) > 50)
            time.sleep(rng.uniform(0, 2))
            collector.kill()
            collector.start()
            collector.until_answers()
        lone.start()
        time.sleep(rng.uniform(0, 1))
        collector.kill()  # while it drains
        collector.start()
        load.until_more(50)
    stage.until_drained()
    stage.until_counted()
    stage.pass_time()
    stage.check()


def test_of_a_damaged_spool_all_is_delivered_that_can_be_read(stage: Stage, lone: Cluster) -> None:
    """A disk that flips bits, and one that lost the end of a file."""
    rng = random.Random(told())
    collector = stage.collector()
    stage.worker("worker-1")
    stage.until_counted()
    with stage.load([collector], hostile(rng.randrange(1000), 300, 120)) as load:
        lone.kill()
        load.until_more(150)
        collector.kill()
        destroyed = damaged(spool_of(stage), rng)
        collector.start()
        collector.until_answers()
        lone.start()
        load.until_more(50)
    stage.until_drained()
    stage.until_counted()
    stage.pass_time()
    stage.check(forgiven=destroyed)


def damaged(spool: Path, rng: random.Random) -> frozenset[What]:
    """What can no longer be read of it: some, and by far not all."""
    before = {what_it_says(report) for report in stored.spooled(spool)}
    newest = max(spool.glob("*.log"), key=lambda path: path.name)
    content = bytearray(newest.read_bytes())
    for _ in range(3):
        content[rng.randrange(len(content) // 2)] ^= 1 << rng.randrange(8)
    newest.write_bytes(content[: -rng.randrange(1, 200)])
    after = {what_it_says(report) for report in stored.spooled(spool)}
    assert 0 < len(before - after) < len(before)
    return frozenset(before - after)


def test_a_full_disk_is_answered_503_and_what_was_acknowledged_before_is_counted(
    stage: Stage, lone: Cluster
) -> None:
    seed = told()
    folder = stage.folder / "collector" / "data"
    folder.mkdir(parents=True)
    small = ["unshare", "--mount", "--map-root-user", "sh", "-ec"]
    mounting = f'mount -t tmpfs -o size=600k none {folder}; exec "$@"'
    collector = stage.collector(under=[*small, mounting, "small"])
    stage.worker("worker-1")
    stage.until_counted()
    with stage.load([collector], hostile(seed, 400, 120)) as load:
        lone.kill()
        load.until("the disk is full", lambda log: log.count(Outcome.refused) > 50)
        lone.start()
        load.until_more(50)
    until("all acknowledged is in Kafka", lambda: undelivered(stage) == set())
    stage.until_counted()
    stage.pass_time()
    stage.check()


def undelivered(stage: Stage) -> set[What]:
    found, _ = stored.reports(stage.kafka, stage.reports, stage.partitions, stage.rules)
    there = {what_it_says(report) for some in found.values() for report in some}
    return {what_was_said(each.said) for each in stage.log.of(Outcome.acknowledged)} - there
