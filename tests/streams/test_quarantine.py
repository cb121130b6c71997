"""Which records stop a worker, and which are only set aside."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from audience.rules import Rules
from ingest.log.encoding import CONTENT_TYPE, encode
from streams.cluster import Cluster, Stop
from streams.quarantine import JUDGED, Quarantine

GOOD, BAD = encode([]), b"no report"


class Topic:
    """Keeps what is sent to it."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, dict[str, bytes]]] = []

    async def send(self, *, key: bytes, value: bytes, headers: dict[str, bytes]) -> Any:
        self.sent.append((value, headers))
        assert headers["penonton-from"] == key
        return asyncio.sleep(0)


def read(records: Iterable[tuple[int, bytes]], poison: int) -> Topic:
    """Reads (partition, value) one after the other."""
    cluster = Cluster("", "p", 2, Rules(), [], str, Path(), poison=poison)
    topic = Topic()
    quarantine = Quarantine(cluster, cast("Any", topic))

    async def all_of_them() -> None:
        for offset, (partition, value) in enumerate(records):
            place = SimpleNamespace(topic="p.reports", partition=partition)
            headers = [("content-type", CONTENT_TYPE.encode())]
            reports = await quarantine.reports_of(
                SimpleNamespace(tp=place, offset=offset, value=value, headers=headers, timestamp=1)
            )
            assert (reports is None) == (value is BAD)

    asyncio.run(all_of_them())
    assert quarantine.count == len(topic.sent)
    return topic


def test_a_single_one_is_set_aside_with_where_it_was_and_why() -> None:
    topic = read([(0, GOOD), (1, BAD), (1, GOOD)], poison=2)
    ((value, headers),) = topic.sent
    assert value == BAD
    assert headers["penonton-from"] == b"p.reports/1@1"
    assert headers["penonton-reason"]


def test_as_many_as_are_too_many_stop_the_worker_and_one_less_does_not() -> None:
    assert len(read([(0, BAD)] * 4, poison=5).sent) == 4
    with pytest.raises(Stop, match=r"5 of the last 5 records of a partition.*PENONTON_POISON"):
        read([(0, BAD)] * 5, poison=5)


def test_good_records_of_other_partitions_do_not_make_up_for_a_flood_in_one() -> None:
    busy = [(0, GOOD)] * JUDGED
    with pytest.raises(Stop, match=r"p\.reports/1"):
        read([record for _ in range(5) for record in (*busy, (1, BAD))], poison=5)


def test_bad_ones_that_lie_far_apart_do_not_add_up() -> None:
    far = [(0, GOOD)] * (JUDGED - 1)
    assert len(read([record for _ in range(9) for record in (*far, (0, BAD))], poison=2).sent) == 9
