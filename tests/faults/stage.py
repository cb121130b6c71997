"""A stage for faults: collectors, workers and storage around one Kafka, and what they leave."""

import contextlib
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from kafka.errors import CoordinatorNotAvailableError

from audience import definition
from audience.days import Day
from audience.rules import Rules
from penonton.cluster import topics
from penonton.settings import load
from sinks.clickhouse import ServerEngine
from sinks.engine import Retry
from sinks.migrate import migrate
from streams.closing import Closing
from tests.faults import stored
from tests.faults.checking import Evidence, check
from tests.faults.loading import Load
from tests.faults.operations import OperationLog, Outcome, What, what_it_says
from tests.faults.players import Saying
from tests.faults.processes import Process, until
from tests.faults.producing import Made, produce, told_time
from tests.faults.stored import Database
from tests.kafka.brokers import admin

QUICK = {
    "PENONTON_LATENESS": "2",
    "PENONTON_MAX_INTERVAL": "5",
    "PENONTON_SESSION_TIMEOUT": "6",
    "PENONTON_KAFKA_TIMEOUT": "2",
}
"""Settings with which a second is final after 17 s, and the dead are missed after 6."""

ZONE = ZoneInfo("Asia/Jakarta")
LATER = 120_000  # ms after the end that are said to have passed, so that all is final


class ClickHouse:
    """A server as a process of its own; each test has a database in it.

    A context manager: on leaving it the server is killed.
    """

    def __init__(self, folder: Path) -> None:
        data = folder / "clickhouse"
        arguments = ["tests.faults.database", str(data)]
        self.process = Process("clickhouse", arguments, {"PENONTON_DATA": str(data)})
        self.process.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.running:
            self.process.kill()

    def database(self, name: str) -> Database:
        """A new one, with its tables."""
        with contextlib.closing(ServerEngine(self._url("default"))) as server:
            until("ClickHouse answers", lambda: self._made(server, name))
        database = Database(self._url(name))
        migrate(database.engine)
        return database

    def _made(self, server: ServerEngine, name: str) -> bool:
        assert self.process.running, self.process.said
        try:
            server.execute(f"CREATE DATABASE {name}")
        except Retry:
            return False
        return True

    def _url(self, name: str) -> str:
        return f"clickhouse://default@127.0.0.1:{self.process.port}/{name}"


@dataclass
class Stage:
    """`kafka`: bootstrap servers. A context manager: on leaving it all its processes are killed."""

    folder: Path
    kafka: str
    prefix: str
    database: Database
    partitions: int = 4
    settings: dict[str, str] = field(default_factory=dict)
    log: OperationLog = field(default_factory=OperationLog)
    processes: list[Process] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.settings = {
            **QUICK,
            "PENONTON_KAFKA": self.kafka,
            "PENONTON_TOPICS": self.prefix,
            "PENONTON_PARTITIONS": str(self.partitions),
            "PENONTON_CLICKHOUSE": self.database.url,
            **self.settings,
        }
        self.folder.mkdir(parents=True)
        topics(load(self.settings), only_look=False)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            if process.running:
                process.kill()
        self.database.engine.close()
        self.log.written(self.folder / "operations.ndjson")

    @property
    def workers(self) -> list[Process]:
        return [each for each in self.processes if "worker" in each.name]

    @property
    def collectors(self) -> list[Process]:
        return [each for each in self.processes if "collector" in each.name]

    @property
    def rules(self) -> Rules:
        return load(self.settings).rules

    def collector(
        self, name: str = "collector", under: Sequence[str] = (), **settings: str
    ) -> Process:
        """One that answers; `under`: a command that runs it."""
        process = self._process(name, "collect", settings, under)
        process.start()
        process.until_answers()
        return process

    def worker(self, name: str, **settings: str) -> Process:
        """One that is starting."""
        process = self._process(name, "worker", settings)
        process.start()
        return process

    def _process(
        self, name: str, command: str, settings: dict[str, str], under: Sequence[str] = ()
    ) -> Process:
        own = {"PENONTON_DATA": str(self.folder / name / "data")}
        process = Process(name, ["penonton", command], self.settings | own | settings, under)
        self.processes.append(process)
        return process

    def load(self, collectors: Sequence[Process], sayings: Sequence[Saying]) -> Load:
        return Load([each.url for each in collectors], sayings, self.log)

    def live(self) -> dict[str, Any] | None:
        """What the worker that holds the totals says; None where nobody says something."""
        found = [answer for each in self.workers if (answer := each.get("/api/v1/live"))]
        newest: dict[str, Any] | None = max(found, key=lambda live: live["at"], default=None)
        return newest

    def until_counted(self) -> None:
        """Until all partitions are counted, as of now or nearly."""

        def counted() -> bool:
            live = self.live()
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 4))
            return bool(live and live["completeness"] == 1 and live["at"] >= now)

        until(self._how_it_stands, counted)

    def _how_it_stands(self) -> str:
        running = [each for each in self.workers if each.running]
        said = "\n".join(f"{each.name}: {each.said}" for each in running)
        return f"all partitions are counted: {self.live()}, {self.members()} members\n{said}"

    def members(self) -> int:
        """How many workers count, as Kafka sees it, once it has settled."""
        group = f"{self.prefix}-watch"
        with contextlib.suppress(CoordinatorNotAvailableError), admin(self.kafka) as client:
            found = client.describe_groups([group])[group]
            if found["group_state"] == "Stable":
                return len(found["members"])
        return 0

    def until_members(self, count: int) -> None:
        """Until so many workers count."""
        until(f"{count} workers count", lambda: self.members() == count)

    def until_drained(self) -> None:
        """Until no collector has anything in its spool."""

        def drained() -> bool:
            return not any(stored.spooled(each.data / "spool") for each in self.collectors)

        until(f"the spool is drained: {self.folder}", drained)

    @property
    def reports(self) -> str:
        """The topic."""
        return f"{self.prefix}.reports"

    def produce(self, records: Iterable[Made]) -> None:
        produce(self.kafka, self.reports, records)

    def pass_time(self) -> None:
        """Say to every partition that much time has passed: so all before is final soon."""
        self.produce(told_time(self.partitions, time.time_ns() // 1_000_000 + LATER))

    def check(self, forgiven: frozenset[What] = frozenset(), least: int = 50) -> Evidence:
        """Wait until all is final and stored, and feed the checker.

        `least`: so many reports must have been acknowledged at least.
        """
        assert self.log.count(Outcome.acknowledged) >= least
        found, _ = stored.reports(self.kafka, self.reports, self.partitions, self.rules)
        everything = [report for some in found.values() for report in some]
        watched = [watch.end for watch in definition.watches(everything)]
        last = max(watched) // 1000 + 1
        until(
            f"all is final and stored: {last}, {self.folder}",
            lambda: self._stored_until(last),
        )
        raw = frozenset(what for some in found.values() for what in map(what_it_says, some))
        with contextlib.suppress(AssertionError):  # the checker says what is missing
            until("all reports are stored", lambda: self.database.raw() >= raw, 30)
        Closing(self.database.store, [ZONE], self.partitions).close()
        spools = [each.data / "spool" for each in self.collectors]
        evidence = Evidence(
            operations=self.log.all(),
            stored=found,
            levels=self.database.levels(),
            spooled=[report for folder in spools for report in stored.spooled(folder)],
            forgiven=forgiven,
            raw=self.database.raw(),
            days=self.database.days({Day.of(report.t // 1000, ZONE) for report in everything}),
        )
        check(evidence)
        return evidence

    def _stored_until(self, second: int) -> bool:
        assert any(each.running for each in self.workers), [each.said for each in self.workers]
        try:
            final = self.database.final()
        except Retry:  # a test has had it started again
            return False
        return len(final) == self.partitions and min(final.values()) >= second


@dataclass(frozen=True, slots=True)
class Stages:
    """Makes them, each with names of its own."""

    clickhouse: ClickHouse
    folder: Path

    def around(self, kafka: str, **settings: str) -> Stage:
        name = f"f{random.getrandbits(40):010x}"
        database = self.clickhouse.database(name)
        return Stage(self.folder / name, kafka, name, database, settings=settings)
