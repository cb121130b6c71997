"""A worker of the cluster against a real broker: cost, catching up, latency, many sessions.

Broker, producer and worker share this machine, and the topic has one partition. What is compared
reads in a process of its own: a worker without storage, a Faust agent that drops the same records,
an ordinary Faust agent that counts in dicts what comes as one JSON object a report. Judge ratios.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import faust
import numpy as np
import uvloop
from faust.types import StreamT
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from numpy.typing import NDArray

from audience.fold import Fold
from audience.reports import Reports
from audience.rules import ANYTHING, DEFAULT_INTERVAL, Rules
from audience.states import RANK
from bench.fold import BEGIN, CHANNELS, REST, Audience, resident
from ingest.log.batches import batch_of
from ingest.log.encoding import CONTENT_TYPE, to_bytes, to_json_lines
from streams.app import Worker
from streams.cluster import Cluster as Where
from tests.kafka.brokers import Cluster, admin

HEADERS: Final = [("content-type", CONTENT_TYPE.encode())]
WARM: Final = 0.2  # of the records are read before anything is measured
RATE: Final = 50_000  # reports/s of the live run
LIVE: Final = 45  # s
PROBES: Final = 10  # a second
PACKED: Final = 1_000  # reports in a record: what comes in 20 ms at RATE
LARGE: Final = 4_000  # reports in a record where there are many
ORDINARY: Final = 100_000  # reports that the ordinary agent is given
RULES: Final = Rules()

Counts = dict[str, list[int]]
"""Viewers and sessions by channel."""


class Steady(Audience):
    """Players who all watch from their first report on and never stop; time begins at `begin`."""

    def __init__(self, players: int, begin: int) -> None:
        super().__init__(players)
        self._shift = begin - BEGIN

    def reports(self, count: int) -> Reports:
        """The next reports, all of them playing."""
        made = super().reports(count)
        return replace(
            made,
            t=made.t + self._shift,
            received=made.received + self._shift,
            state=np.full(count, RANK["playing"], np.int8),
        )

    def truth(self) -> Counts:
        """Who watches once each has reported twice."""
        _, viewer = np.unique(self._viewer[:, 0], return_inverse=True)
        pairs = np.unique(viewer * len(CHANNELS) + self._channel) % len(CHANNELS)
        viewers = np.bincount(pairs, minlength=len(CHANNELS)).tolist()
        sessions = np.bincount(self._channel, minlength=len(CHANNELS)).tolist()
        return {
            ANYTHING: [int(viewer.max()) + 1, self.players],
            **{name: list(each) for name, *each in zip(CHANNELS, viewers, sessions, strict=True)},
        }

    def _follow(self, gone: NDArray[np.int64]) -> None:
        """Nobody goes."""


@dataclass
class Topics:
    """The topics of one run, and their producer."""

    bootstrap: str
    prefix: str

    def __post_init__(self) -> None:
        names = ("reports", "levels", "quarantine", "lines")
        configs = {"retention.ms": "-1", "max.message.bytes": "4194304"}
        shape = {"num_partitions": 1, "replication_factor": 1, "configs": configs}
        with admin(self.bootstrap) as client:
            client.create_topics({f"{self.prefix}.{name}": shape for name in names})
        # Has the broker make its topic of offsets: a group that comes before waits for it.
        offsets = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=self.prefix)
        offsets.committed(TopicPartition(f"{self.prefix}.reports", 0))
        offsets.close()
        self.producer: Any = KafkaProducer(
            bootstrap_servers=self.bootstrap, compression_type="lz4", max_request_size=4 << 20
        )

    def send(self, reports: Reports) -> None:
        """As a collector's record, sent when the last was received."""
        self.producer.send(
            f"{self.prefix}.reports",
            to_bytes(batch_of(reports, rest(reports))),
            headers=HEADERS,
            partition=0,
            timestamp_ms=int(reports.received[-1]),
        )

    def send_lines(self, reports: Reports) -> None:
        """Each as a JSON object in a record of its own."""
        for line in to_json_lines(batch_of(reports, rest(reports))).splitlines():
            self.producer.send(f"{self.prefix}.lines", line, partition=0)


def rest(reports: Reports) -> list[list[str]]:
    return [[names[n % len(names)] for n in range(len(reports))] for names in REST]


# What reads, each in a process of its own.


class Ordinary:
    """The count as one would write it: dicts, report by report."""

    def __init__(self) -> None:
        self.sessions: dict[str, tuple[int, str, str]] = {}
        self.viewers: dict[str, dict[str, int]] = {}
        self.due: dict[int, set[str]] = {}
        self.second = 0

    def take(self, report: dict[str, Any]) -> None:
        """Counts one; late ones and duplicates are passed over."""
        session, t, channel = report["session"], report["t"], report["channel"]
        known = self.sessions.get(session)
        if known and t <= known[0]:
            return
        if known:
            self.due[known[0] // 1000].discard(session)
        if known and known[1] != channel:
            self.leave(known)
        if not known or known[1] != channel:
            here = self.viewers.setdefault(channel, {})
            here[report["viewer"]] = here.get(report["viewer"], 0) + 1
        self.sessions[session] = (t, channel, report["viewer"])
        self.due.setdefault(t // 1000, set()).add(session)
        self.expire(report["received"] // 1000 - 3 * DEFAULT_INTERVAL // 1000)

    def leave(self, known: tuple[int, str, str]) -> None:
        """A session is not there any more."""
        _, channel, viewer = known
        here = self.viewers[channel]
        here[viewer] -= 1
        if not here[viewer]:
            del here[viewer]

    def expire(self, second: int) -> None:
        """Sessions last heard of by this second are gone."""
        if second > self.second:
            for due in [due for due in self.due if due <= second]:
                for session in self.due.pop(due):
                    self.leave(self.sessions.pop(session))
            self.second = second


def plain_app(topics: str, name: str, topic: str, serializer: str) -> tuple[faust.App, Any]:
    app = faust.App(
        f"{topics}-{name}", broker=f"kafka://{options.kafka}", web_enabled=False,
        datadir=tempfile.mkdtemp(), stream_wait_empty=False, broker_session_timeout=10.0,
        broker_heartbeat_interval=2.5, broker_rebalance_timeout=20.0,
        topic_allow_declare=False, topic_disable_leader=True,
        consumer_auto_offset_reset="earliest", consumer_max_fetch_size=4 << 20,
    )  # fmt: skip
    return app, app.topic(f"{topics}.{topic}", value_serializer=serializer)


async def measured(read: Callable[[], int], last: int) -> dict[str, float]:
    """CPU and wall seconds a record from WARM of `last` records on, once `read` tells of all."""
    first, begun = 0, (0.0, 0.0)
    while (now := read()) < last:
        if not first and now >= last * WARM:
            first, begun = now, (time.process_time(), time.monotonic())
        await asyncio.sleep(0.01)
    cpu, wall = time.process_time() - begun[0], time.monotonic() - begun[1]
    return {"cpu": cpu / (last - first), "wall": wall / (last - first)}


async def dropping() -> dict[str, Any]:
    app, topic = plain_app(options.topics, "drop", "reports", "raw")
    seen = [0]

    @app.agent(topic)
    async def drop(stream: StreamT[bytes]) -> None:
        async for _ in stream:
            seen[0] += 1

    await app.start()
    return await measured(lambda: seen[0], options.records)


async def ordinary() -> dict[str, Any]:
    app, topic = plain_app(options.topics, "ordinary", "lines", "json")
    seen, counts = [0], Ordinary()

    @app.agent(topic)
    async def count(stream: StreamT[dict[str, Any]]) -> None:
        async for report in stream:
            counts.take(report)
            seen[0] += 1

    await app.start()
    return await measured(lambda: seen[0], options.records)


async def counting() -> dict[str, Any]:
    """A worker; from the second on that it has counted all, what its gauges say."""
    begun = time.monotonic()
    worker = worker_of()
    before = resident()
    await worker.app.start()
    read = lambda: worker.partitions[0].next if worker.partitions else 0  # noqa: E731 - short
    told = await measured(read, options.records)
    told["catch_up"] = time.monotonic() - begun
    fold = worker.partitions[0].watch.fold  # type: ignore[union-attr]  # it has counted
    while worker.snapshot is None or worker.snapshot.watermark < fold.watermark:  # noqa: ASYNC110 - no event says it
        await asyncio.sleep(0.01)
    now = {each.channel: [each.viewers, each.sessions] for each in worker.snapshot.now}
    return {**told, "resident": resident() - before, "arrays": fold.nbytes, "now": now}


async def probing() -> dict[str, Any]:
    """A worker at live rate: when its gauge showed each number of probes, and its CPU."""
    worker = worker_of()
    await worker.app.start()
    shown: list[tuple[float, int]] = [(0.0, 0)]
    begun = 0.0
    print("ready", flush=True)
    while shown[-1][1] < options.records:
        for each in worker.snapshot.now if worker.snapshot else ():
            if each.channel == "probe" and each.viewers > shown[-1][1]:
                begun = begun or time.process_time()
                shown.append((time.time(), each.viewers))
        await asyncio.sleep(0.005)
    cpu = (time.process_time() - begun) / (shown[-1][0] - shown[1][0])
    return {"shown": shown[1:], "cpu": cpu}


def worker_of() -> Worker:
    Fold(RULES).feed(Audience(1_000).reports(1_000))  # has it compiled
    where = Where(
        kafka=options.kafka, topics=options.topics, partitions=1, rules=RULES,
        zones=[ZoneInfo("UTC")], identify=str, data=Path(tempfile.mkdtemp()),
    )  # fmt: skip
    return Worker(where, None, lambda: None)


READERS: Final[dict[str, Callable[[], Coroutine[None, None, dict[str, Any]]]]] = {
    "drop": dropping, "ordinary": ordinary, "count": counting, "probe": probing,
}  # fmt: skip


def reader(what: str, topics: Topics, records: int) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--read", what, "--kafka", topics.bootstrap]
    command += ["--topics", topics.prefix, "--records", str(records)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def result(process: subprocess.Popen[str]) -> dict[str, Any]:
    said, _ = process.communicate()
    answer: dict[str, Any] = json.loads(said.splitlines()[-1])
    return answer


# What is measured.


def topics_of(cluster: Cluster) -> Topics:
    return Topics(cluster.bootstrap, f"b{random.getrandbits(40):010x}")


def now() -> int:
    return time.time_ns() // 1_000_000


def fill(topics: Topics, audience: Steady, records: int, size: int) -> None:
    for _ in range(records):
        topics.send(audience.reports(size))
    topics.producer.flush()


def cost(cluster: Cluster, size: int, ordinary_cpu: float) -> None:
    """At RATE: everybody reports once in an interval."""
    records = 6_000_000 // size
    seconds = records * size / RATE
    topics = topics_of(cluster)
    audience = Steady(RATE * DEFAULT_INTERVAL // 1000, now() - int(seconds * 1000))
    fill(topics, audience, records, size)
    told = {what: result(reader(what, topics, records)) for what in ("drop", "count")}
    ours, dropped = (1e6 * told[what]["cpu"] / size for what in ("count", "drop"))
    print(f"records of {size:,}, {seconds:.0f} s of {RATE:,} reports/s")
    print(f"  {ours:.2f} CPU seconds a million reports; target 0.9 or less")
    print(f"  {ordinary_cpu / ours:.0f} times less than the ordinary agent; target 100 or more")
    print(f"  {ours / dropped:.2f} times an agent that drops them; target 3 or less")
    print(
        f"  catches up at {size / RATE / told['count']['wall']:.0f} times real time, "
        f"{seconds / told['count']['catch_up']:.1f} with its start; target 5 or more"
    )
    print(f"  {verdict(told['count'], audience)}")


def verdict(told: dict[str, Any], audience: Steady) -> str:
    truth = audience.truth()
    return "exact" if told["now"] == truth else f"WRONG: {told['now'][ANYTHING]} {truth[ANYTHING]}"


def ordinary_cost(cluster: Cluster) -> float:
    topics = topics_of(cluster)
    topics.send_lines(Steady(ORDINARY // 2, now() - 60_000).reports(ORDINARY // 2))
    topics.send_lines(Steady(ORDINARY // 2, now() - 30_000).reports(ORDINARY // 2))
    topics.producer.flush()
    cpu: float = 1e6 * result(reader("ordinary", topics, ORDINARY))["cpu"]
    print(f"an ordinary Faust agent: {cpu:.0f} CPU seconds a million reports")
    return cpu


def latency(cluster: Cluster, size: int) -> None:
    topics = topics_of(cluster)
    probes = LIVE * PROBES
    process = reader("probe", topics, probes)
    assert process.stdout
    process.stdout.readline()
    audience = Steady(RATE * DEFAULT_INTERVAL // 1000, now())
    begun = time.monotonic()
    sent: list[float] = []
    for number in range((LIVE + 5) * RATE // size):
        time.sleep(max(begun + number * size / RATE - time.monotonic(), 0))
        topics.send(audience.reports(size))
        if len(sent) < probes and number * size / RATE >= len(sent) / PROBES:
            sent.append(time.time())
            topics.send(probe(audience, len(sent)))
    took = time.monotonic() - begun
    topics.producer.flush()
    told = result(process)
    waits = [next(at for at, n in told["shown"] if n > i) - when for i, when in enumerate(sent)]
    half, most, worst = (float(each) for each in np.percentile(waits, [50, 99, 100]))
    print(f"live at {(LIVE + 5) * RATE / took:,.0f} reports/s, records of {size:,}")
    print(f"  a report to its gauge: {half:.2f} s (half), {most:.2f} s (99 %), {worst:.2f} s (all)")
    print(f"  {100 * told['cpu']:.0f} % of a core; target: 2 s (99 %)")


def probe(audience: Steady, number: int) -> Reports:
    """One report, now, of a viewer that nobody has seen."""
    one = audience.reports(1)
    ids = np.array([[number, 1]], np.uint64)
    at = np.array([now()])
    return replace(
        one, t=at, received=at, viewer=ids, session=ids,
        channel=np.zeros(1, np.int32), channels=["probe"],
    )  # fmt: skip


def many(cluster: Cluster, players: int) -> None:
    """Everybody reports as often as memory holds reports, and once more."""
    rounds = RULES.settling // DEFAULT_INTERVAL + 1
    records = rounds * players // LARGE
    topics = topics_of(cluster)
    audience = Steady(players, now() - rounds * DEFAULT_INTERVAL)
    process = reader("count", topics, records)
    fill(topics, audience, records, LARGE)
    told = result(process)
    rate = players * 1000 / DEFAULT_INTERVAL
    print(f"{players:,} sessions in one worker, {rate:,.0f} reports/s, records of {LARGE:,}")
    print(f"  {told['cpu'] / LARGE * rate:.2f} cores at real time")
    print(f"  {LARGE / told['wall'] / rate:.1f} times real time, the producer beside it")
    print(
        f"  {told['resident'] / players:.0f} bytes of resident memory a session "
        f"(arrays: {told['arrays'] / players:.0f})"
    )
    print(f"  {verdict(told, audience)}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Cluster(Path(folder) / "kafka") as cluster:
        if "cost" in options.only:
            ordinary_cpu = ordinary_cost(cluster)
            for size in (500, PACKED, LARGE):
                cost(cluster, size, ordinary_cpu)
        if "latency" in options.only:
            latency(cluster, 500)
        if "many" in options.only:
            many(cluster, options.sessions)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parts = ["cost", "latency", "many"]
    parser.add_argument("--only", nargs="*", choices=parts, default=parts, help="what to measure")
    parser.add_argument("--sessions", type=int, default=1_000_000, help="of the part `many`")
    for name in ("--read", "--kafka", "--topics"):  # for the processes that read
        parser.add_argument(name, default="", help=argparse.SUPPRESS)
    parser.add_argument("--records", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


async def read() -> None:
    print(json.dumps(await READERS[options.read]()), flush=True)
    os._exit(0)  # what is measured is over, and Faust's way to stop takes long


if __name__ == "__main__":
    options = arguments()
    if options.read:
        logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(read())
    else:
        main()
