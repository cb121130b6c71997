"""What a record of Kafka holds, whoever wrote it."""

import zlib

import pytest
from msgspec.structs import replace

from audience.reports import Report
from ingest.log.encoding import (
    CONTENT_TYPE,
    SCHEMA,
    Reject,
    encode,
    to_json_lines,
    to_reports,
)
from ingest.log.encoding import to_batch as batch_of
from ingest.log.topic import TopicRecord, batch_of_record, partition_of

AT = 1_795_600_000_000
LATENESS = 120_000
VIEWER = "0" * 31 + "1"


def report(viewer: str = VIEWER, t: int = AT) -> Report:
    return Report(t=t, viewer=viewer, session="0" * 32, channel="tv", state="playing", received=AT)


def lines(*reports: Report) -> bytes:
    return to_json_lines(batch_of(reports))


def read(value: bytes, content_type: str = "", partition: int | None = None) -> list[Report]:
    where = partition_of(VIEWER, 4) if partition is None else partition
    record = TopicRecord(value, content_type, AT, where)
    return to_reports(batch_of_record(record, 4, LATENESS, "{:0>32}".format))


def test_a_viewer_is_in_the_partition_that_librdkafka_would_choose() -> None:
    assert partition_of(VIEWER, 7) == zlib.crc32(VIEWER.encode()) % 7


def test_a_batch_is_read_as_it_was_written() -> None:
    reports = [report(), report(t=AT - 5)]
    assert read(encode(reports), CONTENT_TYPE) == reports


def test_a_batch_of_nothing_tells_only_the_time() -> None:
    assert read(encode([]), CONTENT_TYPE) == []


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "application/json; charset=utf-8"]
)
def test_lines_are_read_whatever_way_they_are_named(content_type: str) -> None:
    assert read(lines(report()), content_type) == [report()]


@pytest.mark.parametrize(
    ("t", "repaired"),
    [
        (AT - LATENESS, False),
        (AT - LATENESS - 1, True),
        (AT + 2_000, False),
        (AT + 2_001, True),
        (AT + 315_360_000_000, True),
    ],
)
def test_a_time_that_clock_repair_would_not_take_is_the_record_s(t: int, *, repaired: bool) -> None:
    (found,) = read(lines(report(t=t)))
    assert (found.t, found.clock) == ((AT, "server") if repaired else (t, "client"))
    assert found.received == AT


def test_a_receipt_that_a_line_claims_is_not_believed() -> None:
    (found,) = read(lines(replace(report(), received=AT + 10**9)))
    assert found.received == AT


def test_a_viewer_in_the_wrong_partition_is_refused() -> None:
    wrong = (partition_of(VIEWER, 4) + 1) % 4
    with pytest.raises(Reject, match=f"in partition {wrong}"):
        read(lines(report()), partition=wrong)


def test_an_id_that_is_no_hash_is_hashed_and_belongs_where_it_is_written() -> None:
    record = TopicRecord(
        b'{"t":%d,"viewer":"phone-7","session":"s","channel":"tv","state":"playing"}' % AT,
        "",
        AT,
        partition_of("phone-7", 4),
    )
    batch = batch_of_record(record, 4, LATENESS, lambda _: VIEWER)
    assert batch.schema == SCHEMA
    assert batch.column(1).to_pylist() == [bytes.fromhex(VIEWER)]


@pytest.mark.parametrize(
    ("value", "content_type"),
    [
        (b"", ""),
        (b"\n \n", ""),
        (b"not json", ""),
        (b"{}", "application/json"),
        (b"", CONTENT_TYPE),
        (b"\x00" * 100, CONTENT_TYPE),
        (encode([report()]), "application/json"),
        (encode([report()]), "image/png"),
        (encode([report()]) * 2, "\r\n"),
    ],
)
def test_what_holds_no_reports_is_refused(value: bytes, content_type: str) -> None:
    with pytest.raises(Reject):
        read(value, content_type)
