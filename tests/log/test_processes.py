import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from ingest.log.local import LocalLog
from ingest.log.reading import Reader, segments

ROOT = Path(__file__).parents[2]


@contextmanager
def writer(folder: Path, size: int, prefix: str, limit: int = 0) -> Iterator[subprocess.Popen[str]]:
    command = ["-m", "tests.log.writer", str(folder), str(size), str(limit), prefix]
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: subprocess.Popen[str], count: int | None = None) -> list[list[str]]:
    """The words of the next `count` lines it says; None: of all until it ends."""
    assert process.stdout
    return [line.split() for line in islice(process.stdout, count)]


def answered(lines: list[list[str]], word: str = "answered") -> list[str]:
    """The names of what was answered so."""
    return [name for first, *names in lines for name in names if first == word]


def names(log: LocalLog | Reader) -> list[str]:
    return [record.payload.split(b" ")[0].decode() for record in log.read()]


def test_what_was_answered_before_a_kill_is_there_in_order_and_once(tmp_path: Path) -> None:
    kept: list[str] = []
    rounds = 5
    for number in range(rounds):
        with writer(tmp_path, 20_000, str(number)) as process:
            kept += answered(lines(process, random.randint(1, 300)))
            process.kill()
            kept += answered(lines(process))
        with LocalLog(tmp_path) as log:
            found = names(log)
            assert len(set(found)) == len(found)
            once = set(kept)
            assert [name for name in found if name in once] == kept
            assert log.damaged == {}
    # Written whole and killed before the answer: at most one append of 4 a round.
    assert len(found) - len(kept) <= rounds * 4


def test_another_process_can_read_while_one_writes(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    with writer(tmp_path, 5_000, "w") as process:
        kept: list[str] = []
        for _ in range(20):
            kept += answered(lines(process, 10))
            assert names(reader)[: len(kept)] == kept
    assert reader.damaged == {}
    assert len(segments(tmp_path)) > 1


def test_where_writes_fail_half_way_nothing_answered_is_lost_and_the_log_goes_on(
    tmp_path: Path,
) -> None:
    # A segment may grow beyond what a file may hold: writes fail again and again.
    with writer(tmp_path, 10**9, "w", limit=20_000) as process:
        heard = lines(process, 400)
        process.kill()
        heard += lines(process)
    refused = answered(heard, "refused")
    with LocalLog(tmp_path) as log:
        found = names(log)
        assert found[: len(answered(heard))] == answered(heard)
        assert not set(refused) & set(found)
        assert log.damaged == {}
    assert len(refused) > 10
    assert len(segments(tmp_path)) > 10
