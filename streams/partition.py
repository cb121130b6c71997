"""One partition of the reports topic: its fold, what it has to tell, and how far it may commit.

No I/O; time is the records' own.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from audience.attendance import Attendance
from audience.days import Day
from audience.fold.fold import AHEAD
from audience.levels import Levels
from audience.reports import Reports
from audience.rules import Rules, whole_second
from audience.totals import OpenDay
from streams.telling import CELLS, LATEST, Told, between, block_of, divided
from streams.watch import Settled, Watch

FAR: Final = 240
"""Provisional seconds that are told at once, at most: what a page's chart may have missed."""


class Delivery(Protocol):
    """A record as it was delivered."""

    def ack(self) -> Any:  # noqa: ANN401 - faust's
        """It need not be delivered again, nor any before it."""


class Partition:
    """Counts a partition from its first delivered record on; `first`: the offset of that.

    Offset 0 is the beginning of everything. Behind any other, what came before is not known: the
    seconds that it could have changed are passed over, being final and told already.
    """

    def __init__(self, number: int, rules: Rules, zones: Sequence[ZoneInfo], first: int) -> None:
        self.number = number
        self.next = first
        self.caught_up = False
        self._rules = rules
        self._zones = zones
        self._whole = first == 0
        self._watch: Watch | None = None
        self._since = 0  # seconds up to here are not ours to tell
        self._told_until = 0  # final seconds up to here have been told, and acknowledged
        self._shown_until = 0  # provisional seconds up to here have been told
        self._settled_until = 0  # final seconds up to here have been handed over to be stored
        self._untold: list[Levels] = []
        # Offset and receipt of unacknowledged records that were received after all before them.
        self._marks: deque[tuple[int, int]] = deque()
        self._held: deque[tuple[int, Delivery]] = deque()

    @property
    def watch(self) -> Watch | None:
        """What counts; None before the first record."""
        return self._watch

    @property
    def since(self) -> int:
        """Final seconds up to here are not ours to tell."""
        return self._since

    @property
    def held(self) -> int:
        """Records that are not acknowledged."""
        return len(self._held)

    def expects(self, offset: int) -> bool:
        """Whether the record at `offset` has not been counted yet."""
        return offset >= self.next

    def take(self, offset: int, reports: Reports) -> None:
        """Counts a record of at least one report."""
        received = int(reports.received.max())
        self._counting(received).take(reports)
        self._mark(offset, received)

    def pass_time(self, offset: int, timestamp: int) -> None:
        """Counts a record that only tells the time (ms): all received before it came before it."""
        self._counting(timestamp).pass_time(timestamp)
        self._mark(offset, timestamp)

    def pass_by(self, offset: int) -> None:
        """The record holds nothing to count."""
        self.next = offset + 1

    def hold(self, offset: int, delivery: Delivery) -> None:
        """Keeps a delivery to acknowledge it when nothing before its record is needed any more."""
        if self._held and offset <= self._held[-1][0]:
            self._held.clear()  # left from before a rebalance: to acknowledge out of order skips
        self._held.append((offset, delivery))

    def release(self) -> None:
        """Forgets the deliveries: a rebalance has the same records delivered again."""
        self._held.clear()

    def follow(self) -> None:
        """Leads what is to be told up to where the fold is."""
        if self._watch and self._watch.fold.started:
            self._untold += self._watch.follow()

    @property
    def unsettled(self) -> int:
        """How many seconds became final since `settle` was called."""
        return self._watch.fold.final_until - self._settled_until if self._watch else 0

    def settle(self) -> Settled | None:
        """What became final since the last call, to be stored."""
        if self._watch is None or not self._watch.fold.started:
            return None
        self._settled_until = self._watch.fold.final_until
        return self._watch.settle()

    def tell(self) -> Iterator[Told]:
        """What the totals should know, as records.

        Empty before all that waited was counted, and where it would say the same again.
        """
        watch = self._watch
        if watch is None or not watch.fold.started or not self.caught_up:
            return
        fold = watch.fold
        if fold.watermark // 1000 == self._shown_until and not self._untold:
            return
        provisional = watch.now()
        watch.look()
        self._shown_until = max(self._shown_until, fold.final_until)
        latest = between(provisional, self._latest(provisional), provisional.end)
        self._shown_until = provisional.end - 1
        unconfirmed = {
            name: int(count)
            for name, count in zip(fold.channels, watch.unconfirmed(), strict=True)
            if count
        }
        pieces = [
            *divided(self._untold),
            between(provisional, provisional.first, provisional.first),
        ]
        for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
            yield Told(
                partition=self.number,
                watermark=fold.watermark,
                final_until=following.first - 1 if following else fold.final_until,
                final=block_of(piece),
                latest=block_of(latest),
                unconfirmed=unconfirmed,
            )

    def told(self, until: int) -> None:
        """The totals have what was told of the final seconds up to `until`."""
        self._told_until = max(self._told_until, until)
        self._untold = [levels for levels in self._untold if levels.end > until + 1]

    def trail(self, stored: int | None) -> None:
        """Acknowledges the records that no second still to come can need.

        `stored`: the last final second that storage has, None where nothing is stored. The first
        record that stays was received after all that go: so whoever begins with it knows, from its
        receipt alone, which seconds it can tell, and those are all that were not told or stored.
        """
        if not self._marks:
            return
        done = self._told_until if stored is None else min(self._told_until, stored)
        limit = needed_from(done + 1, self._rules)
        while len(self._marks) > 1 and self._marks[1][1] < limit:
            self._marks.popleft()
        while self._held and self._held[0][0] < self._marks[0][0]:
            self._held.popleft()[1].ack()

    def _counting(self, received: int) -> Watch:
        if self._watch is None:
            self._since = 0 if self._whole else exact_from(received, self._rules) - 1
            self._told_until = self._since
            self._watch = Watch(self._rules, self._zones, since=self._since, is_part=True)
            for zone in self._zones if self._since else ():
                # Who watched before is stored; what is known of that time here may be wrong.
                day = Day.of(self._since + 1, zone, self._rules.day_starts)
                groups = self._watch.fold.groups
                attendance = Attendance(day, self._since + 1, groups, sessions_only=True)
                self._watch.resume(OpenDay(day, attendance))
        return self._watch

    def _mark(self, offset: int, received: int) -> None:
        self.next = offset + 1
        if not self._marks or received > self._marks[-1][1]:
            self._marks.append((offset, received))

    def _latest(self, provisional: Levels) -> int:
        """Where what is told of the provisional seconds begins."""
        end = provisional.end
        missed = min(end - LATEST, self._shown_until + 1)
        most = max(min(FAR, CELLS // len(provisional.channels)), LATEST)
        return max(missed, end - most, provisional.first)


def needed_from(second: int, rules: Rules) -> int:
    """From which receipt (ms) on reports can matter to `second` (s) and those after it."""
    return second * 1000 - 2 * rules.max_bridge - AHEAD


def exact_from(received: int, rules: Rules) -> int:
    """The first second (s) that hangs on nothing received before `received` (ms)."""
    return whole_second(received + 2 * rules.max_bridge + AHEAD)
