"""What a worker does with records by what it has been assigned, without a broker."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from faust.types import TP

from audience.levels import Levels
from audience.rules import Rules
from ingest.log.encoding import CONTENT_TYPE, encode
from streams.app import Worker
from streams.cluster import Cluster
from streams.partition import exact_from
from streams.telling import Told, block_of
from streams.telling import encode as told_as
from tests.streams.partitions import ZONES

RULES = Rules()
T = 1_795_600_000_000
REPORTS, LEVELS = TP("p.reports", 0), TP("p.levels", 0)


def event(place: TP, offset: int, value: bytes) -> Any:
    """Received a second after the one before it."""
    headers = [("content-type", CONTENT_TYPE.encode())]
    at = T / 1000 + offset
    message = SimpleNamespace(tp=place, offset=offset, value=value, headers=headers, timestamp=at)
    return SimpleNamespace(message=message, value=value, ack=lambda: None)


def worker(folder: Path, assignments: Iterable[tuple[set[TP], Iterable[Any]]]) -> Worker:
    """One that was assigned these places, one set after the other, with what came then."""

    async def counted() -> Worker:
        cluster = Cluster("127.0.0.1:1", "p", 1, RULES, ZONES, str, folder)
        worker = Worker(cluster, None, lambda: None)
        for places, events in assignments:
            await worker._assigned(None, places)
            for each in events:
                take = worker._count if each.message.tp == REPORTS else worker._add
                await take(cast("Any", each))
        return worker

    return asyncio.run(counted())


def ticks(*offsets: int) -> list[Any]:
    return [event(REPORTS, offset, encode([])) for offset in offsets]


def since(found: Worker) -> int:
    return found.partitions[0].since


def from_(offset: int) -> int:
    """What `since` is of a worker that begins there."""
    return exact_from(T + offset * 1000, RULES) - 1


def test_a_partition_that_is_kept_goes_on_behind_what_it_has_counted(tmp_path: Path) -> None:
    kept = worker(tmp_path, [({REPORTS}, ticks(*range(9))), ({REPORTS}, ticks(*range(4, 12)))])
    assert (since(kept), kept.partitions[0].next) == (0, 12)


def test_the_very_next_record_is_no_gap(tmp_path: Path) -> None:
    kept = worker(tmp_path, [({REPORTS}, ticks(*range(9))), ({REPORTS}, ticks(9, 10))])
    assert since(kept) == 0


def test_a_partition_that_another_has_counted_on_meanwhile_begins_anew(tmp_path: Path) -> None:
    """It was lost without a word, by one that stood still, and is given again."""
    given = worker(tmp_path, [({REPORTS}, ticks(*range(9))), ({REPORTS}, ticks(10, 11))])
    assert (since(given), given.partitions[0].next) == (from_(10), 12)


def test_a_partition_that_was_away_begins_anew(tmp_path: Path) -> None:
    given = worker(tmp_path, [({REPORTS}, ticks(0)), (set(), []), ({REPORTS}, ticks(5))])
    assert since(given) == from_(5)


def test_offsets_left_out_within_a_stream_are_no_gap(tmp_path: Path) -> None:
    """A producer's transactions take offsets of their own."""
    assert since(worker(tmp_path, [({REPORTS}, ticks(0, 2, 3, 9))])) == 0


def told(offset: int) -> Any:
    nobody = block_of(Levels(("*",), 100 + offset, *[np.zeros((1, 1), np.int32)] * 2))
    said = Told(
        partition=0,
        watermark=T,
        final_until=100 + offset,
        final=nobody,
        latest=nobody,
        unconfirmed={},
    )
    return event(LEVELS, offset, told_as(said))


def test_totals_are_kept_where_nothing_was_missed_and_begin_anew_where_something_was(
    tmp_path: Path,
) -> None:
    found = [
        worker(tmp_path, [({LEVELS}, [told(0), told(1)]), ({LEVELS}, [told(then)])]).total
        for then in (1, 2, 3)
    ]
    assert [total.recent.first for total in found if total] == [101, 101, 104]


def test_a_worker_fails_where_faust_has_ended_by_an_error_of_its_own(tmp_path: Path) -> None:
    """Its client left Kafka then, and nothing would ever be counted."""

    async def crashed() -> Sequence[BaseException | None]:
        cluster = Cluster("127.0.0.1:1", "p", 1, RULES, ZONES, str, tmp_path)
        worker = Worker(cluster, None, lambda: called.append(True))
        worker._begun = True
        worker.look()
        before = worker.failure
        await cast("Any", worker.app.consumer).crash(reason)
        worker.look()
        return before, worker.failure

    called: list[bool] = []
    reason = KeyError("reports")
    assert asyncio.run(crashed()) == (None, reason)
    assert called == [True]
