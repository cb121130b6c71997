"""settle: what became final in each partition, to storage."""

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Final

from sinks.receipts import Happened, Stretch  # noqa: TC001 - one place for imports, used or annotated
from sinks.rows import LevelsOf
from sinks.store import Store
from streams.behind import Behind
from streams.watch import Settled

FINAL: Final = "final"
"""Progress: last final second stored; of a partition of several, `final/<partition>`."""

PAUSE: Final = 5.0  # s between rounds, so that inserts are large
MANY: Final = 500  # settled parts in one insert
PATIENCE: Final = 5.0  # s in which a stop is to be over; Kafka has what was not stored by then

Part = tuple[int, Settled]
"""Of which partition, and what."""


class Settling:
    """Stores, in a thread of its own, what each partition hands over.

    While storage is away it waits in memory: some kilobytes for each partition and 10 s, and 64
    bytes for each session that came, in each zone. What was stored before a crash may be stored
    again.
    """

    def __init__(self, store: Store, partitions: int, pause: float = PAUSE) -> None:
        self._store = store
        self._partitions = partitions
        self._waiting: deque[Part] = deque()
        self._final: dict[int, int] = {}
        self._behind = Behind("storing what became final", self._round, pause)

    @property
    def failure(self) -> BaseException | None:
        """Why it ended by itself."""
        return self._behind.failure

    @property
    def waiting(self) -> int:
        """Settled parts that are not stored yet."""
        return len(self._waiting)

    def final(self, partition: int) -> int | None:
        """The last final second of a partition that was stored here; None: none was."""
        return self._final.get(partition)

    def put(self, partition: int, settled: Settled) -> None:
        """Hands over what became final. Never waits."""
        self._waiting.append((partition, settled))

    def start(self) -> None:
        """Begins."""
        self._behind.start()

    def stop(self, patience: float = PATIENCE) -> None:
        """Stores what waits, if storage is there; after `patience` s it is left where it hangs."""
        self._behind.stop(patience)

    def _round(self) -> None:
        while self._waiting:
            parts = [self._waiting[i] for i in range(min(len(self._waiting), MANY))]
            until = store_parts(self._store, parts, self._partitions)
            self._store.put_partition_progress(FINAL, until)
            self._final |= until
            for _ in parts:
                self._waiting.popleft()


def store_parts(store: Store, parts: Sequence[Part], partitions: int) -> dict[int, int]:
    """Store what became final, in as few inserts as can be; answers until when, by partition.

    All of it may be stored again: whoever writes down how far it got does so afterwards.
    """
    for zone, date in dict.fromkeys(
        (zone, date) for _, settled in parts for zone, date, _ in settled.attended
    ):
        store.insert_attendance(
            zone,
            date,
            *(
                attended
                for _, settled in parts
                for *day, attended in settled.attended
                if day == [zone, date]
            ),
        )
    store.insert_levels(
        *(
            LevelsOf(levels, partition, shown)
            for partition, settled in parts
            for levels, shown in settled.levels
        )
    )
    happened: defaultdict[str, list[Happened]] = defaultdict(list)
    heard: defaultdict[int, list[Stretch]] = defaultdict(list)
    for partition, settled in parts:
        happened[str(partition)] += settled.happened
        heard[partition] += settled.heard
    store.receipts.put_happened(happened)
    store.receipts.put_heard(heard, partitions)
    return {partition: settled.until for partition, settled in parts}
