"""Workers die, stop, come and go."""

import time

from tests.faults.players import hostile, steady
from tests.faults.processes import until
from tests.faults.seeds import LONG, told
from tests.faults.stage import Stage
from tests.faults.watching import Watching

STOPPED = 60 if LONG else 9  # s, longer than the session timeout of 6
WATCHING = 40


def test_workers_are_killed_stopped_and_joined_by_others_and_every_second_is_exact(
    stage: Stage,
) -> None:
    """From one to three to one to none: also one that was taken for dead, and is not."""
    seed = told()
    collector = stage.collector()
    first, second = stage.worker("worker-1"), stage.worker("worker-2")
    stage.until_counted()
    with stage.load([collector], hostile(seed, 150, 120 + STOPPED)) as load:
        time.sleep(2)
        first.kill()
        third = stage.worker("worker-3")
        third.until_answers()
        second.pause()
        time.sleep(STOPPED)
        stage.until_counted()  # by the third alone: what is counted does not wait for the second
        second.resume()
        first.start()
        stage.until_members(3)
        stage.until_counted()
        second.kill()
        assert third.stop() == 0
        stage.until_counted()
        first.kill()
        load.until_more(30)  # nobody counts, and players notice nothing
        third.start()
        stage.until_counted()
    stage.pass_time()
    stage.check()


def test_who_joins_and_who_leaves_makes_no_dip_in_the_totals(stage: Stage) -> None:
    collector = stage.collector()
    first = stage.worker("worker-1")
    stage.until_counted()
    with stage.load([collector], steady(told(), WATCHING, 120)):
        until("all are counted", lambda: shown(stage) == WATCHING)
        with Watching(stage) as watching:
            second = stage.worker("worker-2")
            stage.until_members(2)
            time.sleep(3)
            assert second.stop() == 0
            stage.until_members(1)
            time.sleep(3)
        assert first.running
    assert len(watching.seen) > 10
    assert watching.below(WATCHING) == []
    stage.pass_time()
    stage.check()


def shown(stage: Stage) -> int:
    live = stage.live()
    return live["channels"][0]["viewers"] if live else 0
