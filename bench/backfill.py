"""Backfill: what a day costs, by both engines, as it grows; against a plain scan of its reports.

`python bench/backfill.py [--day MILLIONS]... [--engine fold|sql|scan]...`. CPU-seconds depend on
the machine, their ratio to the scan less so. Memory is the peak of the whole process, with the
storage engine in it. The day is merged first, as a day that is over is: else the engine merges it
while the first question is answered, and that question pays.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.storage import FIRST, ZONE, batches
from sinks.chdb import ChdbEngine
from sinks.migrate import migrate
from sinks.store import Store

SCAN = "SELECT sum(cityHash64(*)) AS x FROM reports SETTINGS max_threads = 1"
ENGINES = ("scan", "fold", "sql")
MILLION = 1_000_000


def main(days: list[float], engines: list[str]) -> None:
    print(f"{'reports':>12}  {'engine':6} {'CPU-s a million':>16} {'seconds':>8} {'peak MB':>8}")
    for millions in days:
        with tempfile.TemporaryDirectory(prefix="penonton-bench-") as folder:
            measured(["fill", folder, str(millions)])
            for engine in engines:
                cpu, seconds, peak = measured([engine, folder, str(millions)])
                said = f"{cpu / millions:16.2f} {seconds:8.1f} {peak:8.0f}"
                print(f"{millions * MILLION:12,.0f}  {engine:6} {said}", flush=True)


def measured(part: list[str]) -> tuple[float, float, float]:
    """CPU-seconds, seconds and peak memory (MB) of a part of this script, a process of its own."""
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, __file__, "--part", *part], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said
    seconds = time.monotonic() - began
    return used.ru_utime + used.ru_stime, seconds, used.ru_maxrss / 1024


def part(what: str, folder: Path, millions: float) -> None:
    if what in ("fill", "scan"):
        engine = ChdbEngine(folder / "chdb")
        if what == "scan":
            engine.query(SCAN)
        else:
            migrate(engine)
            for batch in batches(round(millions * MILLION)):
                Store(engine).insert_reports(batch)
            engine.execute("OPTIMIZE TABLE reports FINAL")
        engine.close()
        return
    from penonton.backfill.running import Asked, backfill
    from penonton.settings import load

    settings = load({}, data=folder, zones=(ZONE.key,))
    day = (FIRST.date, FIRST.date)
    answer = backfill(settings, Asked((), day, what, dry_run=True))
    assert answer.whole
    assert answer.rows[0]["watch_seconds"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--day", type=float, action="append", help="millions of reports")
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("--part", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        part(given.part[0], Path(given.part[1]), float(given.part[2]))
    else:
        main(given.day or [1, 2], given.engine or list(ENGINES))
