"""When a worker stands still, and when it only looks so."""

from dataclasses import dataclass, field

import pytest

from streams.progress import FEW, Progress

PATIENCE = 3


@dataclass
class Worker:
    """As far as its progress goes: its timer ticks with each look."""

    ticks: int = 0
    ticking: bool = True
    rebalance: int | None = None
    partitions: dict[int, tuple[int, int]] = field(default_factory=dict)

    def waiting_after(self) -> dict[int, tuple[int, int]]:
        return self.partitions


def looked(progress: Progress, worker: Worker, times: int) -> str:
    for _ in range(times):
        worker.ticks += worker.ticking
        progress.look()
    return progress.stuck


@pytest.mark.parametrize(
    ("worker", "what"),
    [
        (Worker(ticking=False), "the timer"),
        (Worker(rebalance=7), "a rebalance"),
        (Worker(partitions={3: (FEW + 1, 50)}), "partition 3"),
        (Worker(rebalance=7, partitions={2: (99, 0)}), "a rebalance, partition 2"),
    ],
)
def test_what_does_not_move_is_stuck_after_one_look_more_than_patience(
    worker: Worker, what: str
) -> None:
    progress = Progress(worker, PATIENCE)
    assert looked(progress, worker, 1 + PATIENCE) == ""
    assert looked(progress, worker, 1) == what


@pytest.mark.parametrize("worker", [Worker(), Worker(partitions={3: (FEW, 50), 4: (0, 9)})])
def test_who_has_nothing_to_do_is_not_stuck(worker: Worker) -> None:
    assert looked(Progress(worker, PATIENCE), worker, 99) == ""


def test_one_move_in_time_is_enough() -> None:
    worker = Worker(partitions={3: (99, 50), 4: (99, 70)})
    progress = Progress(worker, PATIENCE)
    looked(progress, worker, 1 + PATIENCE)
    worker.partitions[3] = (98, 51)
    assert looked(progress, worker, 1) == "partition 4"
    worker.partitions[4] = (0, 169)
    assert looked(progress, worker, PATIENCE) == ""
    assert looked(progress, worker, 1) == "partition 3"


def test_one_rebalance_after_the_other_is_no_standing_still() -> None:
    worker = Worker(rebalance=1)
    progress = Progress(worker, PATIENCE)
    for number in range(9):
        worker.rebalance = number
        assert looked(progress, worker, PATIENCE) == ""


def test_what_is_forgiven_begins_anew() -> None:
    worker = Worker(rebalance=1)
    progress = Progress(worker, PATIENCE)
    assert looked(progress, worker, 99)
    progress.forgive()
    assert looked(progress, worker, 1 + PATIENCE) == ""
    assert looked(progress, worker, 1) == "a rebalance"
