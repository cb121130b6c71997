"""What is read of a record in its places is what pyarrow reads; anything else is left to it."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience.reports import Report, Reports
from ingest.log import layout
from ingest.log.encoding import SCHEMA, Reject, columns, columns_of, decode, encode, to_batch
from tests.log.made import report, reports

NUMBERS = (
    "t", "viewer", "session", "channel", "state", "playhead", "interval", "seq", "received",
)  # fmt: skip


def same(found: Reports, expected: Reports) -> bool:
    for name in NUMBERS:
        ours, theirs = getattr(found, name), getattr(expected, name)
        assert ours.dtype == theirs.dtype
        assert ours.flags.c_contiguous
        assert ours.flags.aligned
        assert np.array_equal(ours, theirs)
    return list(found.channels) == list(expected.channels)


@given(st.lists(reports, min_size=1, max_size=30))
def test_every_record_of_ours_is_read_in_its_places(some: list[Report]) -> None:
    data = encode(some)
    found = layout.read(data)
    assert found is not None, "pyarrow lays it out in a new way: everything is read slowly"
    assert same(found, columns(decode(data)))


@pytest.mark.parametrize("count", [1, 7, 8, 9, 500, 4_000, 32_767])
def test_records_of_any_length_are(count: int) -> None:
    data = encode([report(n, received=n) for n in range(count)])
    found = layout.read(data)
    assert found is not None
    assert same(found, columns(decode(data)))


@pytest.mark.parametrize("bit", [0, 3, 7])
def test_whatever_byte_is_another_it_is_read_as_pyarrow_reads_it_or_left_to_it(bit: int) -> None:
    data = encode([report(n, received=n) for n in range(3)])
    read = 0
    for at in range(len(data)):
        other = bytearray(data)
        other[at] ^= 1 << bit
        found = layout.read(bytes(other))
        if found is not None:
            read += 1
            assert same(found, columns(decode(bytes(other)))), at
    assert 0 < read < len(data) / 2


@given(st.lists(reports, min_size=1, max_size=5), st.integers(1, 5_000))
def test_a_record_that_ends_early_or_late_is_left_to_it(some: list[Report], cut: int) -> None:
    data = encode(some)
    assert layout.read(data[:-cut]) is None
    assert layout.read(data + data[:cut]) is None


def streamed(batches: list[pa.RecordBatch], *, packed: bool = False) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd" if packed else None)
    with pa.ipc.new_stream(sink, batches[0].schema, options=options) as stream:
        for batch in batches:
            stream.write_batch(batch)
    return sink.getvalue().to_pybytes()


def test_other_layouts_of_reports_are_left_to_it_and_read() -> None:
    some = [report(n, received=n) for n in range(9)]
    batch = to_batch(some)
    for data in (streamed([batch], packed=True), encode([])):
        assert layout.read(data) is None
        assert same(columns_of(data), columns(decode(data)))


def test_what_is_not_one_batch_of_reports_is_refused_as_before() -> None:
    batch = to_batch([report(n) for n in range(9)])
    wrong = batch.rename_columns([*SCHEMA.names[:-1], "land"])
    for data in (b"", b"{}", streamed([batch, batch]), streamed([wrong]), encode([report()])[:-9]):
        with pytest.raises(Reject):
            columns_of(data)
