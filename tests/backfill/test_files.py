"""Files as they come: packed, cut off, twice, in the wrong encoding; nothing is half imported."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from audience.reports import Report
from tests.backfill.running import penonton, rows, written

NOON = 1_795_608_187_000  # 2026-11-25T12:03:07Z
REPORTS = [
    Report(
        t=NOON + beat, viewer=f"{n:032x}", session=f"{n:032x}", channel="tv", state="playing", seq=n
    )
    for n in range(40)
    for beat in (0, 30_000)
]
ZONE = ("--zone", "UTC")


def lines(tmp_path: Path) -> bytes:
    return written(tmp_path / "lines", REPORTS).read_bytes()


def test_packed_marked_and_overlapping_files_hold_what_one_plain_file_does(tmp_path: Path) -> None:
    plain = written(tmp_path / "plain", REPORTS)
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(written(tmp_path / "most", REPORTS[:60]).read_bytes()))
    marked = tmp_path / "marked"
    rest = written(tmp_path / "rest", REPORTS[20:]).read_bytes()
    marked.write_bytes(b"\xef\xbb\xbf" + rest)  # as some editors save UTF-8
    found = rows(penonton("backfill", plain, *ZONE, "--dry-run", data=tmp_path / "data"))
    again = penonton(
        "backfill", packed, marked, packed, *ZONE, "--dry-run", "--engine", "sql",
        data=tmp_path / "data",
    )  # fmt: skip
    assert (rows(again), found[0]["reach"]) == (found, 40)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda good: good[:-40], "line 80: "),
        (lambda good: gzip.compress(good)[:-30], "not all of a gzip file, or a broken one"),
        (lambda good: gzip.compress(good).replace(b"\0", b"\1"), "gzip"),
        (lambda good: good.decode().encode("utf-16"), "this is UTF-16"),
        (lambda good: good.replace(b"tv", "caf\xe9".encode("latin-1"), 1), "line 1: "),
        (lambda good: b"PK\x03\x04" + good, "this is a ZIP archive"),
        (lambda good: b"t,viewer,session\n" + good, "line 1: "),
    ],
    ids=["half", "half of gzip", "broken gzip", "UTF-16", "Latin-1", "ZIP", "CSV"],
)
def test_a_wrong_file_beside_a_good_one_is_named_and_nothing_is_written(
    tmp_path: Path, wrong: Callable[[bytes], bytes], said: str
) -> None:
    good, bad, data = written(tmp_path / "good", REPORTS), tmp_path / "bad", tmp_path / "data"
    bad.write_bytes(wrong(lines(tmp_path)))
    answer = penonton("backfill", good, bad, *ZONE, data=data)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert f"{bad}" in answer.stderr
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not data.exists()
