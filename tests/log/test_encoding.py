import hashlib
import json
import struct

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience.reports import Report, Reports, to_columns
from ingest.log.encoding import (
    MAX_BATCH,
    SCHEMA,
    Reject,
    Split,
    columns,
    columns_from_json_lines,
    decode,
    encode,
    from_json_lines,
    to_json_lines,
    to_reports,
)
from tests.log.made import report, reports

STORED = {"t": 5, "viewer": "a" * 32, "session": "b" * 32, "channel": "tv1"}


def hashed(raw: str) -> str:
    return hashlib.blake2b(raw.encode(), digest_size=16).hexdigest()


def line(**fields: object) -> bytes:
    return json.dumps(STORED | fields).encode() + b"\n"


def only(data: bytes) -> Report:
    (one,) = to_reports(from_json_lines(data, hashed))
    return one


@given(st.lists(reports, max_size=30))
def test_a_record_gives_back_the_reports_it_was_made_from(some: list[Report]) -> None:
    assert to_reports(decode(encode(some))) == some


@given(st.lists(reports, max_size=30))
def test_json_lines_give_back_the_batch_they_were_made_from(some: list[Report]) -> None:
    batch = decode(encode(some))
    assert from_json_lines(to_json_lines(batch), hashed).equals(batch)


@given(st.lists(reports, min_size=1, max_size=30), st.data())
def test_columns_of_a_slice_are_those_of_the_reports(
    some: list[Report], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(some)))
    length = data.draw(st.integers(0, len(some) - first))
    found = columns(decode(encode(some)).slice(first, length))
    expected = to_columns(some[first : first + length])
    for name in ("t", "viewer", "session", "state", "playhead", "interval", "seq", "received"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name).dtype == getattr(expected, name).dtype
    assert [found.channels[c] for c in found.channel] == [r.channel for r in some][first:][:length]


@given(st.lists(reports, max_size=30))
def test_columns_straight_from_json_lines_are_those_of_the_batch(some: list[Report]) -> None:
    data = to_json_lines(decode(encode(some)))
    found, expected = columns_from_json_lines(data, hashed), columns(from_json_lines(data, hashed))
    for name in Reports.__slots__:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        if name != "channels":
            assert getattr(found, name).dtype == getattr(expected, name).dtype


def test_who_only_counts_is_refused_the_same_lines_and_told_the_same() -> None:
    with pytest.raises(Reject, match="line 2: seq must be"):
        columns_from_json_lines(line() + line(seq=-1), hashed)
    with pytest.raises(Reject, match=r"line 1: .*channel"):
        columns_from_json_lines(b'{"t":1,"viewer":"a","session":"b"}', hashed)


def test_columns_share_the_memory_of_the_record() -> None:
    data = encode([report(n) for n in range(10)])
    found = columns(decode(data))
    assert np.shares_memory(found.t, np.frombuffer(data, np.uint8))
    assert np.shares_memory(found.viewer, np.frombuffer(data, np.uint8))


def test_an_empty_record_has_no_reports() -> None:
    assert len(columns(decode(encode([])))) == 0


def test_a_minus_zero_playhead_is_zero() -> None:
    batch = from_json_lines(line(playhead=-0.0), hashed)
    assert struct.pack("d", columns(batch).playhead[0]) == struct.pack("d", 0.0)


def test_a_record_of_one_report_is_not_much_larger_than_its_schema() -> None:
    assert len(encode([report()])) < 3_000


def test_a_record_of_500_reports_takes_at_most_90_bytes_a_report() -> None:
    assert len(encode([report(n) for n in range(500)])) <= 90 * 500


@pytest.mark.parametrize("data", [b"", b"{}", b"\x00" * 100, encode([report()])[:-300]])
def test_bytes_that_are_no_record_are_rejected(data: bytes) -> None:
    with pytest.raises(Reject):
        decode(data)


def test_a_stream_of_other_columns_is_rejected() -> None:
    batch = pa.RecordBatch.from_pydict({"t": pa.array([1])})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    with pytest.raises(Reject, match="columns"):
        decode(sink.getvalue().to_pybytes())


def test_a_stream_of_two_batches_is_rejected_and_not_read_by_half() -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as stream:
        stream.write_batch(decode(encode([report(1)])))
        stream.write_batch(decode(encode([report(2)])))
    with pytest.raises(Reject, match="one batch"):
        decode(sink.getvalue().to_pybytes())


def test_a_line_needs_only_who_what_and_when() -> None:
    assert only(line()) == Report(t=5, viewer="a" * 32, session="b" * 32, channel="tv1")


def test_blank_lines_and_windows_line_ends_are_passed_over() -> None:
    data = b"\r\n" + line().strip() + b"\r\n\n" + line(seq=1).strip()
    assert [r.seq for r in to_reports(from_json_lines(data, hashed))] == [0, 1]


def test_nothing_but_blank_lines_is_an_empty_batch() -> None:
    assert from_json_lines(b"\n \n", hashed).num_rows == 0


@pytest.mark.parametrize("raw", ["a", "A" * 32, "a" * 31, "a" * 33, "g" * 32, " " + "a" * 31, "é"])
def test_an_id_that_is_not_32_lower_case_hex_digits_is_hashed(raw: str) -> None:
    data = line(viewer=raw) + line() + line(session=raw)
    found = to_reports(from_json_lines(data, hashed))
    assert [r.viewer for r in found] == [hashed(raw), "a" * 32, "a" * 32]
    assert [r.session for r in found] == ["b" * 32, "b" * 32, hashed(raw)]


def test_ids_whose_lengths_only_add_up_are_hashed() -> None:
    found = to_reports(from_json_lines(line(viewer="a" * 30) + line(viewer="a" * 34), hashed))
    assert [r.viewer for r in found] == [hashed("a" * 30), hashed("a" * 34)]


def test_a_negative_playhead_is_unknown() -> None:
    assert only(line(playhead=-1)).playhead is None


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [
        ("t", 0, 253_402_300_799_999),
        ("received", 0, 253_402_300_799_999),
        ("interval", 1, 600_000),
        ("seq", 0, 2**63 - 1),
    ],
)
def test_numbers_are_taken_to_their_bounds_and_not_beyond(
    field: str, least: int, most: int
) -> None:
    for value in (least, most):
        assert getattr(only(line(**{field: value})), field) == value
    for value in (least - 1, most + 1, 2**70, -(2**70)):
        with pytest.raises(Reject, match=f"line 2: {field}"):
            from_json_lines(line() + line(**{field: value}), hashed)


@pytest.mark.parametrize(
    "bad",
    [
        b"{\n",
        b"[]\n",
        b"1\n",
        b"\xff\n",
        b"[" * 100_000 + b"\n",
        b'{"t":1}\n',
        line(t=1.5),
        line(t="1"),
        line(t=None),
        line(channel="TV"),
        line(channel=""),
        line(channel="a" * 65),
        line(channel="tv1\n"),
        line(state="dancing\n"),
        line(playhead=float("nan")),
        line(playhead=float("inf")),
        line().replace(b"}", b',"playhead":1e999}'),
        line(viewer=""),
        line(session=""),
        line(viewer="\ud800"),
        line(app="\udfff"),
        line(clock="mine"),
        line(clock=None),
    ],
)
def test_a_bad_line_is_rejected_by_its_number_and_cannot_garble_a_log(bad: bytes) -> None:
    with pytest.raises(Reject, match=r"^line 3: ") as rejected:
        from_json_lines(line() + b"\n" + bad + line(), hashed)
    message = str(rejected.value)
    assert message.isprintable()
    assert len(message) < 250


def test_more_names_than_a_batch_can_count_must_be_split() -> None:
    lines = [line(app=f"a{n}") for n in range(MAX_BATCH + 1)]
    assert from_json_lines(b"".join(lines[:MAX_BATCH]), hashed).num_rows == MAX_BATCH
    with pytest.raises(Split, match="32768 different names"):
        from_json_lines(b"".join(lines), hashed)
