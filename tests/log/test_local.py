import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.log import local, records
from ingest.log.appending import Retry
from ingest.log.files import Stop
from ingest.log.local import LocalLog, Roll
from ingest.log.reading import Reader, segments
from ingest.log.records import HEADER
from tests.log.made import entry

EVERY_RECORD = Roll(size=1)


def names(log: LocalLog | Reader, position: int = 0) -> list[str]:
    return [record.payload.decode() for record in log.read(position)]


def fill(log: LocalLog, *texts: str) -> list[int]:
    """Append one by one; answers the position of each."""
    positions = []
    for text in texts:
        positions.append(log.end)
        log.append([entry(text, received=int(text))])
    return positions


def test_a_new_log_is_empty(tmp_path: Path) -> None:
    with LocalLog(tmp_path / "made" / "here") as log:
        assert names(log) == []
        assert log.end == log.seek(0) == 0


def test_what_was_appended_is_read_in_order_with_what_was_said_of_it(tmp_path: Path) -> None:
    with LocalLog(tmp_path) as log:
        end = log.append([entry("a", 5), entry("b", 3)])
        first, second = log.read()
    assert (first.position, first.next, second.next) == (0, second.position, end)
    assert (first.payload, first.count, first.first, first.received) == (b"a", 1, 5, 5)
    assert (second.payload, second.count, second.first, second.received) == (b"b", 1, 3, 5)


def test_reading_goes_on_from_next(tmp_path: Path) -> None:
    with LocalLog(tmp_path, EVERY_RECORD) as log:
        fill(log, "1", "2", "3")
        for record in list(log.read()):
            assert names(log, record.position) == ["1", "2", "3"][int(record.payload) - 1 :]
        assert names(log, log.end) == []


def test_a_reopened_log_goes_on_where_it_ended(tmp_path: Path) -> None:
    for n in range(3):
        with LocalLog(tmp_path) as log:
            assert names(log) == [str(m) for m in range(n)]
            fill(log, str(n))
            assert log.torn_bytes == 0


def test_the_latest_receipt_never_falls_even_over_a_restart(tmp_path: Path) -> None:
    with LocalLog(tmp_path) as log:
        fill(log, "9")
    with LocalLog(tmp_path) as log:
        fill(log, "4")
        assert [(r.first, r.received) for r in log.read()] == [(9, 9), (4, 9)]


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    with LocalLog(tmp_path), pytest.raises(Stop, match=f"process {os.getpid()} already writes"):
        LocalLog(tmp_path)
    LocalLog(tmp_path).close()


def test_a_closed_log_takes_nothing_and_can_be_closed_again(tmp_path: Path) -> None:
    log = LocalLog(tmp_path)
    log.close()
    log.close()
    with pytest.raises(Retry, match="closed"):
        log.append([entry("a")])


@pytest.mark.parametrize(("size", "segments_of"), [(1, 3), (10**9, 1)])
def test_a_segment_is_full_at_its_size(tmp_path: Path, size: int, segments_of: int) -> None:
    with LocalLog(tmp_path, Roll(size=size)) as log:
        fill(log, "1", "2", "3")
        assert len(segments(tmp_path)) == segments_of
        assert names(log) == ["1", "2", "3"]


def test_a_segment_is_full_when_a_receipt_is_its_age_after_the_first(tmp_path: Path) -> None:
    with LocalLog(tmp_path, Roll(age=10)) as log:
        fill(log, "100", "109")
        assert len(segments(tmp_path)) == 1
        fill(log, "110")
        assert len(segments(tmp_path)) == 2


@pytest.mark.parametrize("roll", [EVERY_RECORD, Roll()])
def test_seek_finds_the_first_record_received_at_or_after(tmp_path: Path, roll: Roll) -> None:
    with LocalLog(tmp_path, roll) as log:
        at = fill(log, "10", "20", "20", "30")
        for received, position in [(0, at[0]), (10, at[0]), (11, at[1]), (20, at[1]), (21, at[3])]:
            assert log.seek(received) == position
        assert log.seek(31) == log.end


@pytest.mark.parametrize("roll", [EVERY_RECORD, Roll()])
@given(received=st.lists(st.integers(0, 20), max_size=12), wanted=st.integers(0, 21))
def test_seek_passes_over_nothing_wanted_even_if_the_clock_was_set_back(
    tmp_path_factory: pytest.TempPathFactory, roll: Roll, received: list[int], wanted: int
) -> None:
    with LocalLog(tmp_path_factory.mktemp("log"), roll) as log:
        at = fill(log, *map(str, received))
        first = next((p for p, r in zip(at, received, strict=True) if r >= wanted), log.end)
        assert log.seek(wanted) == first


def test_retention_deletes_whole_segments_received_before(tmp_path: Path) -> None:
    with LocalLog(tmp_path, EVERY_RECORD) as log:
        at = fill(log, "10", "20", "30")
        assert log.retain(received=20, position=log.end) == 0
        assert log.retain(received=21, position=at[1] - 1) == 0
        assert log.retain(received=21, position=at[1]) == 1
        assert names(log) == names(log, 0) == ["20", "30"]
        assert log.retain(received=1_000, position=log.end) == 1
        assert names(log) == ["30"]
        assert log.retain(received=1_000, position=log.end) == 0
        assert fill(log, "40") == [at[2] + at[1]]


def test_a_reader_whose_segment_is_deleted_meanwhile_reads_on(tmp_path: Path) -> None:
    with LocalLog(tmp_path, EVERY_RECORD) as log:
        fill(log, "1", "2", "3")
        reading = log.read()
        assert next(reading).payload == b"1"
        log.retain(received=1_000, position=log.end)
        assert [record.payload for record in reading] == [b"3"]
        assert log.damaged == {}


@given(data=st.data())
def test_any_flipped_bit_costs_its_record_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("log")
    with LocalLog(folder, data.draw(st.sampled_from([EVERY_RECORD, Roll()]))) as log:
        ends = [*fill(log, "10", "20", "30", "40"), log.end]
        position = data.draw(st.integers(0, log.end - 1))
        hit = max(n for n in range(4) if ends[n] <= position)
        flip(folder, position, data.draw(st.integers(0, 7)))
        expected = ["10", "20", "30", "40"]
        del expected[hit]
        for _ in range(2):  # met twice, counted once
            assert names(log) == expected
            assert log.damaged == {ends[hit]: ends[hit + 1] - ends[hit]}
        assert fill(log, "50") == [ends[-1]]
        assert names(log) == [*expected, "50"]


def flip(folder: Path, position: int, bit: int) -> None:
    segment = max((s for s in segments(folder) if s.base <= position), key=lambda s: s.base)
    data = bytearray(segment.path.read_bytes())
    data[position - segment.base] ^= 1 << bit
    segment.path.write_bytes(data)


def test_a_stretch_longer_than_the_chunk_of_the_search_is_passed_over(tmp_path: Path) -> None:
    with LocalLog(tmp_path) as log:
        log.append([entry("", size=3 << 20), entry("good")])
        flip(tmp_path, 0, 0)
        assert names(log) == ["good"]


@pytest.mark.parametrize("chunk", [4, 5, 7, 64])
def test_the_next_record_is_found_across_any_border_of_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(records, "_CHUNK", chunk)
    with LocalLog(tmp_path) as log:
        for size in range(70):
            damaged = log.end
            log.append([entry("", size=size), entry("good")])
            flip(tmp_path, damaged, 0)
        assert names(log) == ["good"] * 70


def test_a_copy_of_a_record_inside_another_does_not_pass_for_one(tmp_path: Path) -> None:
    with LocalLog(tmp_path / "other") as other:
        other.append([entry("forged")])
    forged = segments(tmp_path / "other")[0].path.read_bytes()
    with LocalLog(tmp_path / "log") as log:
        log.append([entry("", size=500), entry("good")])
        (segment,) = segments(tmp_path / "log")
        data = bytearray(segment.path.read_bytes())
        data[100 : 100 + len(forged)] = forged
        segment.path.write_bytes(data)
        assert names(log) == ["good"]


def test_who_waits_is_woken_when_something_is_appended_and_when_the_log_closes(
    tmp_path: Path,
) -> None:
    def wakes(happening: Callable[[], object]) -> bool:
        answers: list[bool] = []
        position = log.end
        waiting = threading.Thread(target=lambda: answers.append(log.wait(position)), daemon=True)
        waiting.start()
        while not log._grown._waiters:  # type: ignore[attr-defined]
            time.sleep(0.001)
        happening()
        waiting.join(30)
        return answers[0]

    with LocalLog(tmp_path) as log:
        assert not log.wait(0, timeout=0)
        assert wakes(lambda: fill(log, "1"))
        assert log.wait(0, timeout=0)
        assert not wakes(log.close)


def test_a_failed_fsync_is_not_acknowledged_and_the_log_goes_on_in_a_new_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: int) -> None:
        raise OSError(5, "Input/output error")

    with LocalLog(tmp_path) as log:
        for texts in (["1"], ["1", "2"]):  # with and without anything good in the segment
            fill(log, texts[-1])
            with monkeypatch.context() as patch:
                patch.setattr(os, "fdatasync", fails)
                with pytest.raises(Retry, match="Input/output error"):
                    fill(log, "9")
            assert names(log) == names(Reader(tmp_path)) == texts
        with monkeypatch.context() as patch:
            patch.setattr(os, "fdatasync", fails)
            with pytest.raises(Retry):
                fill(log, "9")
        fill(log, "3")
        assert names(log) == names(Reader(tmp_path)) == ["1", "2", "3"]
    with LocalLog(tmp_path) as log:
        assert names(log) == ["1", "2", "3"]
        assert log.torn_bytes == 0


def test_nothing_is_answered_in_a_new_segment_before_its_name_is_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(folder: Path) -> None:
        raise OSError(5, f"cannot sync {folder.name}")

    with LocalLog(tmp_path) as log:
        with monkeypatch.context() as patch:
            patch.setattr(local, "sync_names", fails)
            for _ in range(2):
                with pytest.raises(Retry, match="cannot sync"):
                    fill(log, "9")
        fill(log, "1")
        assert names(log) == ["1"]


def test_what_a_left_segment_still_holds_beyond_its_promise_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: int) -> None:
        raise OSError(5, "Input/output error")

    with LocalLog(tmp_path) as log:
        for texts in ([], ["1"]):  # without and with anything good in the segment
            with monkeypatch.context() as patch:
                patch.setattr(os, "fdatasync", fails)
                patch.setattr(os, "ftruncate", fails)
                with pytest.raises(Retry):
                    log.append([entry("8"), entry("9")])
            assert names(log) == texts
            fill(log, added := str(len(texts) + 1))
            assert names(log) == names(Reader(tmp_path)) == [*texts, added]
        assert names(log) == names(Reader(tmp_path)) == ["1", "2"]
        assert log.damaged == {}


def test_readers_get_every_record_once_and_in_order_while_it_is_written(tmp_path: Path) -> None:
    wanted = [str(n) for n in range(1_000)]
    outside = Reader(tmp_path)
    written = threading.Event()

    def follow(log: LocalLog | Reader, got: list[str]) -> None:
        position, last = 0, False
        while not last:
            last = written.wait(0.001)
            for record in log.read(position):
                got.append(record.payload.decode())
                position = record.next

    with LocalLog(tmp_path, Roll(size=20 * HEADER)) as log:
        got: tuple[list[str], list[str]] = ([], [])
        readers = [
            threading.Thread(target=follow, args=(source, found))
            for source, found in zip((log, outside), got, strict=True)
        ]
        for reader in readers:
            reader.start()
        for start in range(0, len(wanted), 7):
            log.append([entry(name) for name in wanted[start : start + 7]])
        written.set()
        for reader in readers:
            reader.join(60)
        assert got == (wanted, wanted)
        assert log.damaged == outside.damaged == {}


def test_a_record_that_another_process_has_half_written_is_read_when_it_is_whole(
    tmp_path: Path,
) -> None:
    with LocalLog(tmp_path) as log:
        fill(log, "1", "2")
    (segment,) = segments(tmp_path)
    whole = segment.path.read_bytes()
    reader = Reader(tmp_path)
    for part in range(len(whole) // 2, len(whole)):
        segment.path.write_bytes(whole[:part])
        assert names(reader) == ["1"]
    segment.path.write_bytes(whole)
    assert names(reader) == ["1", "2"]
    assert reader.damaged == {}


def test_a_copied_folder_can_be_read_by_another_reader(tmp_path: Path) -> None:
    with LocalLog(tmp_path / "log", EVERY_RECORD) as log:
        fill(log, "1", "2")
    shutil.copytree(tmp_path / "log", tmp_path / "copy")
    assert names(Reader(tmp_path / "copy")) == ["1", "2"]
