import os
from pathlib import Path

import pytest

from ingest.quarantine import Quarantine, Quarantined


def refused(body: bytes = b"not json", received: int = 1_000) -> Quarantined:
    return Quarantined(
        received=received,
        protocol="json",
        platform="web",
        reason="malformed",
        message="This is not well-formed.",
        path="/v1/reports?channel=a",
        body=body,
    )


def test_what_was_refused_can_be_read_back_byte_by_byte_after_a_restart(tmp_path: Path) -> None:
    reports = [refused(b"\x00\r\n\xff{"), refused(b"second", 2_000)]
    Quarantine(tmp_path).add(reports)
    assert list(Quarantine(tmp_path).read()) == reports


def test_a_line_holds_no_raw_bytes_of_the_player(tmp_path: Path) -> None:
    Quarantine(tmp_path).add([refused(b"evil\r\n\x1b[31m")])
    (path,) = tmp_path.iterdir()
    assert b"evil" not in path.read_bytes()
    assert path.read_bytes().count(b"\n") == 1


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    Quarantine(tmp_path).add([refused()])
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_torn_by_a_crash_costs_neither_its_neighbours_nor_the_next(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path)
    quarantine.add([refused(b"first")])
    quarantine.add([refused(b"torn")])
    (path,) = tmp_path.iterdir()
    os.truncate(path, path.stat().st_size - 5)
    quarantine = Quarantine(tmp_path)
    quarantine.add([refused(b"next")])
    assert [kept.body for kept in quarantine.read()] == [b"first", b"next"]


def test_the_oldest_file_goes_when_there_are_too_many(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path, file_limit=1_000, files=2)
    for second in range(20):
        quarantine.add([refused(b"%02d" % second * 100, second * 1_000)])
    kept = [report.received // 1_000 for report in quarantine.read()]
    assert kept == list(range(kept[0], 20))
    assert len(list(tmp_path.iterdir())) == 2
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2_000
    assert quarantine.dropped == 0


def test_a_flood_is_dropped_and_counted_until_the_second_is_over(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path, per_second=1_000)
    quarantine.add([refused(received=5_999) for _ in range(100)])
    within = len(list(quarantine.read()))
    assert 0 < within < 10
    assert quarantine.dropped == 100 - within
    quarantine.add([refused(received=6_000)])
    assert len(list(quarantine.read())) == within + 1


def test_a_disk_that_refuses_is_counted_and_raises_nothing(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    quarantine.add([refused(), refused()])
    assert quarantine.dropped == 2


@pytest.mark.parametrize("name", ["notes.ndjson", "readme.txt"])
def test_files_of_others_in_its_folder_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    quarantine = Quarantine(tmp_path)
    quarantine.add([refused()])
    assert list(quarantine.read()) == [refused()]
    assert (tmp_path / name).read_text() == "mine"


def test_what_is_older_than_its_age_goes_and_is_looked_for_once_an_hour(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path, age=5_000)
    quarantine.add([refused()])
    (path,) = tmp_path.iterdir()
    written = path.stat().st_mtime_ns // 1_000_000
    quarantine.expire(written + 4_000)
    quarantine.expire(written + 60_000)
    assert path.exists()
    quarantine.expire(written + 4_000 + 3_600_000)
    assert not path.exists()


@pytest.mark.parametrize("again", ["the same process", "a new one each time"])
def test_a_file_holds_a_day_at_most_so_that_age_can_be_told_by_files(
    tmp_path: Path, again: str
) -> None:
    quarantine = Quarantine(tmp_path)
    for at in (1_000, 86_400_999, 86_401_000):
        quarantine.add([refused(received=at)])
        quarantine = quarantine if again == "the same process" else Quarantine(tmp_path)
    assert [len(path.read_bytes().splitlines()) for path in quarantine.paths()] == [2, 1]


def test_the_same_kept_twice_has_one_name_and_can_be_marked_as_replayed(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path)
    quarantine.add([refused(), refused(), refused(b"other")])
    names = [name for name, _ in quarantine.entries()]
    assert names[0] == names[1] != names[2]
    assert quarantine.replayed() == frozenset()
    quarantine.mark_replayed(names[0])
    assert Quarantine(tmp_path).replayed() == {names[0]}
