"""A viewer's reports leave the log; all others stay, at positions that can be gone on from."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience.reports import Report
from ingest.log.batches import to_reports
from ingest.log.durable import entries
from ingest.log.encoding import decode
from ingest.log.erasing import erase, holding
from ingest.log.local import LocalLog, Roll
from ingest.log.reading import Reader
from penonton.forgetting.files import erase_from_log, rewind_spool

VIEWER, OTHER = "a1" * 16, "b2" * 16
T = 1_795_000_000_000


def report(viewer: str, at: int) -> Report:
    return Report(t=T + at, viewer=viewer, session=viewer, channel="tv", received=T + at)


def written(folder: Path, batches: list[list[Report]]) -> int:
    """A log of several segments; where it ends."""
    with LocalLog(folder, Roll(size=1_500)) as log:
        for batch in batches:
            log.append(entries(batch))
        return log.end


def read(folder: Path, position: int = 0) -> list[Report]:
    reader = Reader(folder)
    found = [r for record in reader.read(position) for r in to_reports(decode(record.payload))]
    assert reader.damaged == {}
    return found


def forget(folder: Path) -> list[tuple[int, int | None]]:
    rewound: list[tuple[int, int | None]] = []
    erase_from_log(folder, bytes.fromhex(VIEWER), lambda *bounds: rewound.append(bounds))
    return rewound


@settings(max_examples=30)
@given(whose=st.lists(st.lists(st.booleans(), min_size=1, max_size=4), min_size=1, max_size=12))
def test_all_but_the_viewer_s_reports_are_read_in_the_same_order(
    tmp_path_factory: pytest.TempPathFactory, whose: list[list[bool]]
) -> None:
    folder = tmp_path_factory.mktemp("log")
    batches = [
        [report(VIEWER if theirs else OTHER, 1_000 * n + i) for i, theirs in enumerate(batch)]
        for n, batch in enumerate(whose)
    ]
    written(folder, batches)
    forget(folder)
    everybody = [each for batch in batches for each in batch]
    assert read(folder) == [each for each in everybody if each.viewer == OTHER]
    assert not any(bytes.fromhex(VIEWER) in path.read_bytes() for path in folder.iterdir())
    assert holding(folder, bytes.fromhex(VIEWER)) == []
    with LocalLog(folder) as log:
        assert log.torn_bytes == 0
        assert log.received == everybody[-1].received
        log.append(entries([report(OTHER, 90_000)]))
    assert read(folder)[-1] == report(OTHER, 90_000)


def test_only_segments_with_the_viewer_are_touched_and_said_beforehand(tmp_path: Path) -> None:
    batches = [[report(OTHER, n)] for n in range(8)]
    batches[3].append(report(VIEWER, 3))
    written(tmp_path, batches)
    before = {path.name: path.stat().st_ino for path in tmp_path.glob("*.log")}
    receipts = [(each.first, each.received) for each in Reader(tmp_path).read()]
    (bounds,) = forget(tmp_path)
    assert [(each.first, each.received) for each in Reader(tmp_path).read()] == receipts
    changed = {p.name for p in tmp_path.glob("*.log") if p.stat().st_ino != before[p.name]}
    assert [int(name.removesuffix(".log")) for name in changed] == [bounds[0]]
    assert bounds[1] in {int(name.removesuffix(".log")) for name in before}
    assert len(read(tmp_path, bounds[1] or 0)) > 0


def test_what_a_crash_tore_goes_too(tmp_path: Path) -> None:
    written(tmp_path, [[report(OTHER, 1)]])
    (path,) = tmp_path.glob("*.log")
    with path.open("ab") as file:
        file.write(b"torn" + bytes.fromhex(VIEWER))
    forget(tmp_path)
    assert bytes.fromhex(VIEWER) not in path.read_bytes()
    assert read(tmp_path) == [report(OTHER, 1)]


def test_a_segment_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    written(tmp_path, [[report(OTHER, 1), report(VIEWER, 1)]])
    (segment,) = holding(tmp_path, bytes.fromhex(VIEWER))
    (tmp_path / segment.path.with_suffix(".new").name).mkdir()
    with pytest.raises(OSError, match="directory"):
        erase(tmp_path, segment, bytes.fromhex(VIEWER))
    assert len(read(tmp_path)) == 2


@pytest.mark.parametrize(
    ("drained", "after"), [(0, 0), (100, 100), (101, 100), (299, 100), (300, 300)]
)
def test_a_spool_drains_again_what_it_drained_of_a_segment_that_moved(
    tmp_path: Path, drained: int, after: int
) -> None:
    (tmp_path / "drained").write_text(f"{drained}\n")
    rewind_spool(tmp_path)(100, 300)
    assert int((tmp_path / "drained").read_text()) == after
