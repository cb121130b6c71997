"""Faults at random, several at once; FAULT_ROUNDS says how many rounds, FAULT_SEED which."""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.faults.players import hostile
from tests.faults.processes import Process
from tests.faults.seeds import ROUNDS, told
from tests.faults.stage import ClickHouse, Stage, Stages
from tests.kafka.brokers import Broker, Cluster

SECONDS = 30
WORKERS = 3

Fault = tuple[str, Callable[[], object], Callable[[], object]]
"""Its name, what does it, and what undoes it."""


def possible(stage: Stage, broker: Broker, server: Process) -> list[Fault]:
    """What can go wrong with parts that are well."""
    faults: list[Fault] = []
    for process in (*stage.processes, server):
        faults += [
            (f"kill {process.name}", process.kill, process.start),
            (f"pause {process.name}", process.pause, process.resume),
        ]
    for worker in stage.workers:
        faults.append((f"stop {worker.name}", worker.stop, worker.start))
    faults += [
        ("kill the broker", broker.kill, broker.start),
        ("pause the broker", broker.pause, broker.resume),
    ]
    return faults


def harmed(faults: Sequence[Fault], rng: random.Random, seconds: float) -> None:
    """For so long, now one part and now another, at most two at once; then all is healed."""
    ill: list[Fault] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if len(ill) == 2:
            _, _, heal = ill.pop(0)
            heal()
        parts = {name.split()[-1] for name, _, _ in ill}
        fault = rng.choice([each for each in faults if each[0].split()[-1] not in parts])
        print(f"{time.strftime('%X')} {fault[0]}", flush=True)
        fault[1]()
        ill.append(fault)
        time.sleep(rng.uniform(0.2, 6))
    for _, _, heal in ill:
        heal()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_whatever_dies_nothing_is_lost_and_every_second_is_exact(
    number: int, tmp_path: Path
) -> None:
    rng = random.Random(told() + number)
    with (
        ClickHouse(tmp_path) as clickhouse,
        Cluster(tmp_path / "kafka") as cluster,
        Stages(clickhouse, tmp_path).around(cluster.bootstrap) as stage,
    ):
        collector = stage.collector()
        for name in range(WORKERS):
            stage.worker(f"worker-{name}")
        stage.until_counted()
        sayings = hostile(rng.randrange(1_000_000), 100, SECONDS)
        with stage.load([collector], sayings) as load:
            faults = possible(stage, cluster.brokers[0], clickhouse.process)
            harmed(faults, rng, SECONDS - 5)
            cluster.until_ready()
            load.wait()
        stage.until_drained()
        stage.until_counted()
        stage.pass_time()
        stage.check()
