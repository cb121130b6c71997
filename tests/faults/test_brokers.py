"""Brokers die."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.operations import Outcome
from tests.faults.players import hostile
from tests.faults.seeds import LONG, told
from tests.faults.stage import Stages
from tests.faults.watching import Watching
from tests.kafka.brokers import Cluster

AWAY = 60 if LONG else 20  # s, longer than the producer's timeout of 2


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path / "kafka") as cluster:
        yield cluster


def test_the_only_broker_is_killed_under_load_and_players_are_answered_all_the_time(
    lone: Cluster, stages: Stages
) -> None:
    """What they say is spooled, and counted when the broker is back."""
    with stages.around(lone.bootstrap) as stage:
        collector = stage.collector()
        stage.worker("worker-1")
        stage.worker("worker-2")
        stage.until_counted()
        with stage.load([collector], hostile(told(), 250, 2 * AWAY + 60)) as load:
            time.sleep(5)
            lone.kill()
            time.sleep(5)
            load.until_more(50)  # while it is away
            time.sleep(AWAY - 5)
            lone.start()
            load.until_more(50)
        stage.until_drained()
        stage.until_counted()
        stage.pass_time()
        stage.check()
        assert stage.log.count(Outcome.refused) == 0


def test_one_of_three_brokers_is_killed_and_counting_goes_on(
    three: Cluster, stages: Stages
) -> None:
    with stages.around(three.bootstrap, PENONTON_REPLICATION="3") as stage:
        collector = stage.collector()
        stage.worker("worker-1")
        stage.worker("worker-2")
        stage.until_counted()
        with stage.load([collector], hostile(told(), 250, 2 * AWAY + 60)) as load:
            time.sleep(3)
            with Watching(stage) as watching:
                three.brokers[0].kill()
                time.sleep(AWAY)
            three.start()
            load.until_more(50)
        stage.until_drained()
        stage.pass_time()
        stage.check()
        # A broker is missed after 3 s, and the group's coordinator may have been on it.
        assert watching.longest_pause() < AWAY
