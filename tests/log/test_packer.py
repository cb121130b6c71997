import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from audience.reports import Report
from ingest.log.appending import Retry, stored
from ingest.log.durable import durable
from ingest.log.encoding import decode, to_reports
from ingest.log.local import LocalLog
from ingest.log.packer import Grouping, Packer
from tests.log.made import report

NEVER = 3_600.0
SOON = 0.001


class Storage:
    """Keeps the groups it was handed; `open` lets them through, `failing` is raised instead."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.open = threading.Event()
        self.open.set()
        self.failing: Exception | None = None

    def store(self, reports: Sequence[Report]) -> None:
        self.groups.append([r.seq for r in reports])
        assert self.open.wait(30)
        if self.failing:
            raise self.failing


def send(packer: Packer, *seqs: int) -> list[asyncio.Future[None]]:
    return [stored(packer, [report(seq)]) for seq in seqs]


async def until_stored(storage: Storage, groups: int) -> None:
    while len(storage.groups) < groups:  # noqa: ASYNC110 - it is filled by a thread
        await asyncio.sleep(0.001)


def test_a_lone_report_is_stored_once_the_linger_is_over() -> None:
    async def run() -> None:
        storage = Storage()
        await stored(Packer(storage.store, Grouping(linger=SOON)), [report(7)])
        assert storage.groups == [[7]]

    asyncio.run(run())


def test_sixteen_reports_do_not_wait_for_the_linger() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(linger=NEVER))
        await asyncio.gather(*send(packer, *range(16)))
        assert storage.groups == [list(range(16))]

    asyncio.run(run())


def test_fifteen_reports_do() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(linger=NEVER))
        waiting = send(packer, *range(15))
        await asyncio.sleep(0.05)
        assert storage.groups == []
        await asyncio.gather(*waiting, *send(packer, 15))
        assert storage.groups == [list(range(16))]

    asyncio.run(run())


def test_what_comes_while_a_group_is_stored_is_the_next_group() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(linger=NEVER))
        storage.open.clear()
        sent = send(packer, *range(16))
        await until_stored(storage, 1)
        sent += send(packer, *range(16, 56))
        await asyncio.sleep(0.01)
        assert len(storage.groups) == 1
        storage.open.set()
        await asyncio.gather(*sent)
        assert storage.groups == [list(range(16)), list(range(16, 56))]

    asyncio.run(run())


def test_a_group_waits_for_as_many_as_the_last_one_held() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(linger=NEVER))
        await stored(packer, [report(n) for n in range(40)])
        sent = send(packer, *range(39))
        await asyncio.sleep(0.05)
        assert len(storage.groups) == 1
        await asyncio.gather(*sent, *send(packer, 39))
        assert storage.groups[1] == list(range(40))

    asyncio.run(run())


def test_no_group_waits_for_more_than_the_largest() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(largest=20, linger=NEVER))
        await stored(packer, [report(n) for n in range(100)])
        await stored(packer, [report(n) for n in range(20)])
        assert [len(group) for group in storage.groups] == [100, 20]

    asyncio.run(run())


def test_a_group_overdue_when_the_one_before_is_stored_goes_at_once() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(linger=SOON))
        storage.open.clear()
        sent = send(packer, 1)
        await until_stored(storage, 1)
        sent += send(packer, 2)
        await asyncio.sleep(10 * SOON)
        storage.open.set()
        await asyncio.gather(*sent)
        assert storage.groups == [[1], [2]]

    asyncio.run(run())


def test_when_storage_fails_everybody_of_that_group_must_retry_and_the_next_is_taken() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(linger=NEVER))
        storage.failing = Retry("disk full", 5)
        answers = await asyncio.gather(*send(packer, *range(16)), return_exceptions=True)
        assert [(str(a), getattr(a, "seconds", 0)) for a in answers] == [("disk full", 5)] * 16
        storage.failing = None
        await asyncio.gather(*send(packer, *range(16)))

    asyncio.run(run())


def test_an_unexpected_error_reaches_the_callers_and_does_not_stop_the_packer() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(linger=NEVER))
        storage.failing = ZeroDivisionError()
        answers = await asyncio.gather(*send(packer, *range(16)), return_exceptions=True)
        assert {type(a) for a in answers} == {ZeroDivisionError}
        storage.failing = None
        await asyncio.gather(*send(packer, *range(16)))

    asyncio.run(run())


def test_a_client_that_hangs_up_takes_nobody_with_it() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(linger=NEVER))
        sent = send(packer, *range(15))
        await asyncio.sleep(0)
        sent[3].cancel()
        await asyncio.gather(*send(packer, 15))
        answers = await asyncio.gather(*sent, return_exceptions=True)
        assert [n for n, a in enumerate(answers) if a is not None] == [3]
        assert storage.groups == [list(range(16))]

    asyncio.run(run())


def test_more_reports_than_may_be_held_must_be_sent_again_later() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(linger=NEVER, most_held=20))
        storage.open.clear()
        sent = send(packer, *range(20))
        await until_stored(storage, 1)
        with pytest.raises(Retry, match="too many"):
            await stored(packer, [report()])
        storage.open.set()
        await asyncio.gather(*sent[:16])
        await packer.close()
        await asyncio.gather(*sent)
        assert [seq for group in storage.groups for seq in group] == list(range(20))

    asyncio.run(run())


def test_what_is_durable_is_held_no_longer() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(linger=NEVER, most_held=20))
        for failing in (None, Retry("disk full"), None):
            storage.failing = failing
            await asyncio.gather(stored(packer, [report()] * 20), return_exceptions=True)
        assert len(storage.groups) == 3

    asyncio.run(run())


def test_after_a_small_group_the_next_one_does_not_go_with_fewer_than_sixteen() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(linger=NEVER))
        first = send(packer, 1)
        await asyncio.sleep(0)
        packer._begin()  # as its timer does
        await asyncio.gather(*first)
        sent = send(packer, *range(15))
        await asyncio.sleep(0.05)
        assert len(storage.groups) == 1
        await asyncio.gather(*sent, *send(packer, 15))

    asyncio.run(run())


def test_the_oldest_report_is_known_until_it_is_durable() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(smallest=1, linger=NEVER))
        assert packer.oldest() is None
        storage.open.clear()
        first = stored(packer, [report(received=5)])
        await until_stored(storage, 1)
        waiting = stored(packer, [report(received=7)])
        await asyncio.sleep(0)
        assert packer.oldest() == 5
        storage.open.set()
        await asyncio.gather(first, waiting)
        assert packer.oldest() is None

    asyncio.run(run())


def test_closing_stores_what_waits_and_takes_no_more() -> None:
    async def run() -> None:
        storage = Storage()
        packer = Packer(storage.store, Grouping(linger=NEVER))
        sent = send(packer, 1, 2)
        await asyncio.sleep(0)
        await packer.close()
        await asyncio.gather(*sent)
        assert storage.groups == [[1, 2]]
        with pytest.raises(Retry, match="closed"):
            await stored(packer, [report()])

    asyncio.run(run())


def test_appending_nothing_is_durable_at_once() -> None:
    async def run() -> None:
        storage = Storage()
        await stored(Packer(storage.store, Grouping(linger=NEVER)), [])
        assert storage.groups == []

    asyncio.run(run())


def test_what_was_appended_is_in_the_folder_in_the_order_of_the_calls(tmp_path: Path) -> None:
    async def run(log: LocalLog) -> None:
        packer = durable(log)
        await asyncio.gather(*send(packer, *range(1_000)))
        await stored(packer, [report(n) for n in range(1_000, 20_000)])
        await packer.close()

    with LocalLog(tmp_path) as log:
        asyncio.run(run(log))
        records = list(log.read())
    found = [r for record in records for r in to_reports(decode(record.payload))]
    assert [r.seq for r in found] == list(range(20_000))
    assert [record.count for record in records][-3:] == [8_192, 8_192, 2_616]
