"""The fold: how fast it counts, how much it remembers, and whether either depends on the audience.

A million players report every 30 s; 5 % of the reports are late, 5 % of the viewers have two
sessions, 3 % of the reports pause or stop. What is compared takes turns, and each number is the
median of its turns: judge the ratios, seconds depend on the machine and on who shares it.
"""

import argparse
import ctypes
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from audience.fold import Fold
from audience.reports import Report, Reports
from audience.rules import DEFAULT_INTERVAL, Rules
from audience.states import RANK
from ingest.log.batches import batch_of
from ingest.log.encoding import columns_from_json_lines, columns_of, to_bytes, to_json_lines

BEGIN = 1_760_000_000_000
CHANNELS = [f"channel-{number}" for number in range(50)]
REST = [["client"], ["json"], ["web", "android", "ios", "tv"], ["tv 3.1.0"], ["ID"]]
STATES = np.array([RANK["playing"], RANK["paused"], RANK["quit"]], np.int8)
SHARES = [0.97, 0.015, 0.015]
TWICE = 0.05  # of the viewers
LATE = 0.05  # of the reports, by up to two intervals: half of them come behind a later one
TURN = 24_000  # reports
BATCHES = (500, 4_000)
MILLION = 1_000_000
LARGEST = 10_000_000
SIZES = (10_000, 100_000, MILLION, LARGEST)
ENOUGH = 12e9  # bytes that must be free for the largest

decoder = msgspec.json.Decoder(Report)


class Audience:
    """Players that report in turn. One that quits is followed by a new session.

    Its viewer is new, too, unless it is one of those with two sessions.
    """

    def __init__(self, players: int, seed: int = 1) -> None:
        self.players = players
        self._some = np.random.default_rng(seed)
        self._session = self._ids(players)
        self._viewer = self._ids(players)
        chosen = self._some.permutation(players)[: 2 * int(players * TWICE / (1 + TWICE))]
        self._viewer[chosen[::2]] = self._viewer[chosen[1::2]]
        self._twice = np.zeros(players, bool)
        self._twice[chosen] = True
        self._channel = self._some.integers(0, len(CHANNELS), players).astype(np.int32)
        # They begin in another order than the one they go on in.
        self._begin = self._some.permutation(players)
        self._said = 0

    def reports(self, count: int) -> Reports:
        """The next reports in order of receipt; `count` is at most one of each player."""
        numbers = np.arange(self._said, self._said + count)
        self._said += count
        turn = numbers % self.players
        who = np.where(numbers < self.players, self._begin[turn], turn)
        received = BEGIN + numbers * DEFAULT_INTERVAL // self.players
        delay = self._some.integers(20, 300, count)
        late = self._some.random(count) < LATE
        delay[late] = self._some.integers(1_000, 2 * DEFAULT_INTERVAL, late.sum())
        state = self._some.choice(STATES, count, p=SHARES)
        made = Reports(
            t=received - delay,
            viewer=self._viewer[who],
            session=self._session[who],
            channel=self._channel[who],
            channels=CHANNELS,
            state=state,
            playhead=np.round((received - delay - BEGIN) / 1_000, 3) + 100,
            interval=np.full(count, DEFAULT_INTERVAL, np.int32),
            seq=numbers // self.players,
            received=received,
        )
        self._follow(who[state == RANK["quit"]])
        return made

    def _follow(self, gone: NDArray[np.int64]) -> None:
        self._session[gone] = self._ids(len(gone))
        alone = gone[~self._twice[gone]]
        self._viewer[alone] = self._ids(len(alone))

    def _ids(self, count: int) -> NDArray[np.uint64]:
        return self._some.integers(1, 2**64, (count, 2), np.uint64)


class Counted:
    """A fold that has counted an audience until it forgets as much as it learns."""

    def __init__(self, players: int) -> None:
        self.audience = Audience(players)
        self.fold = Fold(Rules())
        before = resident()
        intervals = Rules().settling // DEFAULT_INTERVAL + 2
        for _ in range(intervals * players // max(BATCHES)):
            self.feed(self.audience.reports(max(BATCHES)))
        self.resident = resident() - before
        # glibc keeps some of what is freed while the arrays grow; it serves the next request.
        ctypes.CDLL(None).malloc_trim(0)
        self.trimmed = resident() - before

    def feed(self, reports: Reports) -> None:
        """Count them and take what came of it, as the stream does."""
        self.fold.feed(reports)
        self.fold.take_changes()
        self.fold.take_final()


def resident() -> int:
    """Bytes of memory this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def cost(run: Callable[[], object], reports: int) -> float:
    """CPU seconds a report."""
    begun = time.process_time()
    run()
    return (time.process_time() - begun) / reports


def written(reports: Reports) -> tuple[bytes, bytes]:
    """The same reports as a record of the log and as JSON lines."""
    rest = [[names[n % len(names)] for n in range(len(reports))] for names in REST]
    batch = batch_of(reports, rest)
    return to_bytes(batch), to_json_lines(batch)


@dataclass
class Turns:
    """CPU seconds a report, turn by turn: msgspec's decode alone, and decode and fold."""

    alone: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How many times as fast the whole is."""
        return statistics.median(a / b for a, b in zip(self.alone, self.whole, strict=True))


def turn(counted: Counted, size: int, *, as_json: bool) -> tuple[float, float]:
    pairs = [written(counted.audience.reports(size)) for _ in range(TURN // size)]

    def alone() -> None:
        for _, lines in pairs:
            decoder.decode_lines(lines)

    def whole() -> None:
        for record, lines in pairs:
            counted.feed(columns_from_json_lines(lines, str) if as_json else columns_of(record))

    return cost(alone, TURN), cost(whole, TURN)


def speed(counted: Counted, turns: int) -> None:
    ways = {(size, as_json): Turns() for as_json in (False, True) for size in BATCHES}
    for _ in range(turns):
        for (size, as_json), measured in ways.items():
            alone, whole = turn(counted, size, as_json=as_json)
            measured.alone.append(alone)
            measured.whole.append(whole)
    for (size, as_json), measured in ways.items():
        alone, whole = (statistics.median(each) for each in (measured.alone, measured.whole))
        print(
            f"  {'JSON lines' if as_json else 'records of the log'}, {size:,} reports each: "
            f"{1e-6 / whole:.2f} M reports/s, {measured.ratio:.2f} times msgspec's decode alone "
            f"({1e-6 / alone:.2f} M/s); target {'1/3' if as_json else '1'} or more"
        )


def memory(counted: Counted) -> None:
    players = counted.audience.players
    print(
        f"  {counted.resident / players:.0f} bytes of resident memory a live session, "
        f"{counted.trimmed / players:.0f} without what is free for reuse "
        f"(the fold's arrays: {counted.fold.nbytes / players:.0f}); target 500 or less"
    )


def growth(folds: Sequence[Counted], turns: int) -> None:
    costs: dict[int, list[float]] = {counted.audience.players: [] for counted in folds}
    for _ in range(turns):
        for counted in folds:
            batches = [counted.audience.reports(max(BATCHES)) for _ in range(TURN // max(BATCHES))]

            def run(counted: Counted = counted, batches: Sequence[Reports] = batches) -> None:
                for reports in batches:
                    counted.feed(reports)

            costs[counted.audience.players].append(cost(run, TURN))
    each = {players: 1e9 * statistics.median(measured) for players, measured in costs.items()}
    for players, nanoseconds in each.items():
        print(f"  {players:>10,} sessions: {nanoseconds:.0f} ns a report")
    print(f"  dearest / cheapest: {max(each.values()) / min(each.values()):.2f}; target 2 or less")


def affordable(sizes: Sequence[int]) -> Iterator[int]:
    """Leaves out the largest where memory is short."""
    told = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free = int(told["MemAvailable"].split()[0]) * 1024
    for size in sizes:
        if size < LARGEST or free >= ENOUGH:
            yield size
        else:
            print(f"  {size:,} sessions left out: {free / 1e9:.0f} GB are free, they want 12 GB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=25, help="how often each is measured")
    parser.add_argument("--sessions", type=int, nargs="*", default=SIZES, help="sizes to compare")
    options = parser.parse_args()
    Counted(10_000)  # has it compiled
    million = Counted(MILLION)
    print("decode and fold, 1 M sessions")
    speed(million, options.turns)
    print("memory, 1 M sessions, an interval of 30 s")
    memory(million)
    print("fold alone, batches of 4,000")
    growth(
        [
            million if size == MILLION else Counted(size)
            for size in sorted(affordable(options.sessions))
        ],
        options.turns,
    )


if __name__ == "__main__":
    main()
