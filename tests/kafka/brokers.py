"""Real Apache Kafka brokers on loopback, one or several, that can be killed and paused.

`Cluster` is for tests that harm brokers; the fixture `kafka` for all others, which share one broker
and have a topic prefix each.
"""

import contextlib
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.kafka.jars import jars

PATIENCE = 180  # s until something that must happen has happened, however slow the machine
CLUSTER_ID = "cGVub250b24tdGVzdHMtMQ"
# A broker of a test is short-lived: what starts soonest is best.
JVM = ["-Xms96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
JVM += [
    f"-Dorg.slf4j.simpleLogger.{key}"
    for key in ("showDateTime=true", "dateTimeFormat=HH:mm:ss.SSS")
]

PROPERTIES = """\
process.roles=broker,controller
node.id={number}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=8
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


def free_ports(count: int) -> list[int]:
    """Below those that the system gives to clients.

    While a broker is down, a client that tries to reach it could otherwise be given its port, and
    even be connected to itself.
    """
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            with contextlib.suppress(OSError):
                place = ("127.0.0.1", random.randrange(15_000, 32_000))
                ports.append(held.enter_context(socket.create_server(place)).getsockname()[1])
        return ports


class Broker:
    """One node: broker and controller. It keeps its ports and data over kill and start."""

    def __init__(self, number: int, port: int, folder: Path, heap_mb: int) -> None:
        self.number, self.port, self.folder = number, port, folder
        self.messages = folder / "messages.txt"
        # What a killed one leaves behind goes with its folder.
        own = [f"-Xmx{heap_mb}m", f"-Djava.io.tmpdir={folder}"]
        self._java = ["java", *JVM, *own, "-cp", f"{jars()}/*"]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """As a client's bootstrap server."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def format(self, properties: str) -> subprocess.Popen[bytes]:
        """Make its storage; done when what is returned has ended."""
        self.folder.mkdir(parents=True)
        (self.folder / "server.properties").write_text(properties)
        return self._run("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c")

    def start(self) -> None:
        """Start it, or start it again; `Cluster.until_ready` waits until it answers."""
        assert not self.running
        self._process = self._run("kafka.Kafka")

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As an operator would: SIGTERM, waiting until it has put everything away."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """It holds its connections and does nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, sign: signal.Signals) -> None:
        assert self.running, self.messages.read_text()[-4000:]
        assert self._process
        self._process.send_signal(sign)

    def _end(self, sign: signal.Signals) -> None:
        self._signal(sign)
        assert self._process
        self._process.wait(PATIENCE)

    def _run(self, main: str, *arguments: str) -> subprocess.Popen[bytes]:
        properties = str(self.folder / "server.properties")
        with self.messages.open("a") as messages:
            return subprocess.Popen(
                [*self._java, main, *arguments, properties],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=messages,
            )


class Cluster:
    """Several brokers, or one, with a controller quorum among them; records live in `folder`.

    A context manager: on leaving it, what still runs is killed.
    """

    def __init__(self, folder: Path, brokers: int = 1, heap_mb: int = 256) -> None:
        ports = free_ports(2 * brokers)
        controllers = ports[brokers:]
        voters = ",".join(f"{n}@127.0.0.1:{port}" for n, port in enumerate(controllers, 1))
        self.brokers = [
            Broker(number, port, folder / f"broker{number}", heap_mb)
            for number, port in enumerate(ports[:brokers], 1)
        ]
        formatting = [
            broker.format(
                PROPERTIES.format(
                    number=broker.number,
                    voters=voters,
                    port=broker.port,
                    controller=controller,
                    folder=broker.folder,
                    copies=min(brokers, 3),
                )
            )
            for broker, controller in zip(self.brokers, controllers, strict=True)
        ]
        assert [process.wait(PATIENCE) for process in formatting] == [0] * brokers, self.messages
        self.start()

    @property
    def bootstrap(self) -> str:
        """Every broker's address: what PENONTON_KAFKA takes."""
        return ",".join(broker.address for broker in self.brokers)

    @property
    def messages(self) -> str:
        """The end of what each broker said."""
        return "\n".join(broker.messages.read_text()[-4000:] for broker in self.brokers)

    def start(self) -> None:
        """Start those that do not run, and wait until all answer."""
        for broker in self.brokers:
            if not broker.running:
                broker.start()
        self.until_ready()

    def kill(self) -> None:
        """All of them at once, as kill -9."""
        for broker in self.brokers:
            if broker.running:
                broker.kill()

    def until_ready(self) -> None:
        """Wait until each that runs answers, and knows of all that run."""
        running = [broker for broker in self.brokers if broker.running]
        wanted = {broker.number for broker in running}
        for broker in running:
            self._until_seen(broker, wanted)

    def _until_seen(self, broker: Broker, wanted: set[int]) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert broker.running, self.messages
            with contextlib.suppress(KafkaError, OSError):
                # The client waits twice as long after each refusal: ask when it will be heard.
                socket.create_connection(("127.0.0.1", broker.port), 1).close()
                if self._seen_by(broker) == wanted:
                    return
            time.sleep(0.1)
        raise AssertionError(self.messages)

    @staticmethod
    def _seen_by(broker: Broker) -> set[int]:
        with admin(broker.address) as client:
            nodes = client.describe_cluster()["brokers"]
            return {node["broker_id"] for node in nodes if not node["is_fenced"]}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


@contextlib.contextmanager
def admin(bootstrap: str) -> Iterator[Any]:
    """A client that may create topics and ask about everything."""
    client = KafkaAdminClient(bootstrap_servers=bootstrap.split(","), bootstrap_timeout_ms=10_000)
    try:
        yield client
    finally:
        client.close()


@dataclass(frozen=True, slots=True)
class Kafka:
    """A broker to use and not to harm, and a prefix for topics that no other test has."""

    bootstrap: str
    prefix: str

    def environment(self, partitions: int = 1) -> dict[str, str]:
        """The settings with which Penonton uses it."""
        return {
            "PENONTON_KAFKA": self.bootstrap,
            "PENONTON_TOPICS": self.prefix,
            "PENONTON_PARTITIONS": str(partitions),
        }


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The broker that all tests share which harm none."""
    with Cluster(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three brokers for the tests of a module; a test that harms them heals them."""
    with Cluster(tmp_path_factory.mktemp("kafka"), brokers=3) as cluster:
        yield cluster


@pytest.fixture
def kafka(cluster: Cluster) -> Kafka:
    """The shared broker, with a topic prefix of this test's own."""
    return Kafka(cluster.bootstrap, f"t{random.getrandbits(40):010x}")
