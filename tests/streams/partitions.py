"""A partition's log and who counts it, without Kafka: records, commits, kills."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from audience.reports import Report, to_columns
from audience.rules import Rules
from streams.partition import Partition
from streams.telling import Block, Told, decode, encode

Counts = dict[tuple[str, int], tuple[int, int]]
ZONES = (ZoneInfo("Asia/Jakarta"),)


@dataclass
class Log:
    """Records of one partition, reports or an instant (ms), and what was committed of them."""

    number: int
    rules: Rules
    zones: Sequence[ZoneInfo] = ZONES
    records: list[Sequence[Report] | int] = field(default_factory=list)
    committed: int = 0
    counting: Partition | None = None
    read: int = 0

    def count(self) -> None:
        """The next record is counted, if there is one."""
        if self.read == len(self.records):
            return
        offset, record = self.read, self.records[self.read]
        self.read += 1
        if self.counting is None:
            self.counting = Partition(self.number, self.rules, self.zones, offset)
        if self.counting.expects(offset):
            if isinstance(record, int):
                self.counting.pass_time(offset, record)
            else:
                self.counting.take(offset, to_columns(record))
        self.counting.hold(offset, _Delivery(self, offset))
        self.counting.caught_up = self.read == len(self.records)

    def kill(self) -> None:
        """Who counts is gone; another one begins behind what was committed."""
        self.counting, self.read = None, self.committed

    def rebalance(self) -> None:
        """Who counts keeps the partition, and is given again what was not committed."""
        self.read = self.committed
        if self.counting:
            self.counting.release()

    def tell(self, *, heard: bool) -> list[Told]:
        """What is told, through its bytes; not `heard`: no answer comes back."""
        if self.counting is None:
            return []
        self.counting.follow()
        said = [decode(encode(told)) for told in self.counting.tell()]
        if said and heard:
            self.counting.told(said[-1].final_until)
        self.counting.trail(None)
        return said


@dataclass(frozen=True)
class _Delivery:
    log: Log
    offset: int

    def ack(self) -> None:
        assert self.offset == self.log.committed, "acknowledged out of order"
        self.log.committed = self.offset + 1


def counts(block: Block) -> Counts:
    """(channel, second) to (viewers, sessions); seconds of nobody left out."""
    return {
        (channel, block.first + j): (viewers, sessions)
        for channel, row in block.sessions.items()
        for j, (viewers, sessions) in enumerate(zip(block.viewers[channel], row, strict=True))
        if sessions
    }
