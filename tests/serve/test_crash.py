"""kill -9 at random moments under load: nothing answered 2xx is lost, nothing counts twice."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from audience import definition
from audience.reports import Report
from ingest.log.batches import to_reports
from ingest.log.encoding import decode
from ingest.log.reading import Reader
from tests.luck import seed
from tests.serve.running import PATIENCE, PLAIN, Serving, serving
from tests.waiting import until

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "5"))
SEED = seed("CRASH_SEED")

What = tuple[str, str, str, str | None, float | None, int]


def what_it_says(report: Report) -> What:
    return (
        report.viewer, report.session, report.channel, report.state, report.playhead, report.seq
    )  # fmt: skip


def answered(truth: Path) -> set[What]:
    lines = [msgspec.json.decode(line) for line in truth.read_bytes().splitlines()]
    return {
        what_it_says(msgspec.convert(line["report"], Report))
        for line in lines
        if line["kind"] == "report" and 200 <= line["answer"] < 300 and line["reason"] is None
    }


def logged(data: Path) -> list[Report]:
    return [
        report
        for record in Reader(data / "log").read(0)
        for report in to_reports(decode(record.payload))
    ]


def simulated(server: Serving, truth: Path) -> "subprocess.Popen[bytes]":
    command = [
        *(sys.executable, "-m", "penonton", "simulate", "--against", server.url),
        *("--viewers", "120", "--interval", "5", "--seed", str(SEED), "--truth", str(truth)),
        "--no-wait-final",
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def until_more(data: Path, count: int) -> None:
    """Until so many more reports are in the log."""
    before = len(logged(data))
    until(lambda: len(logged(data)) >= before + count, PATIENCE)


def killed_again_and_again(server: Serving, rng: random.Random) -> None:
    for _ in range(ROUNDS):
        time.sleep(rng.uniform(0.1, 4.0))
        server.stop(signal.SIGKILL)
        server.start()
        if rng.random() < 0.5:  # else it is killed while it starts
            server.until_ready()
    server.until_ready()


def seconds_of(levels: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    return {each["at"]: (each["viewers"], each["sessions"]) for each in levels}


def instant(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))


def test_after_kills_the_final_levels_are_the_definition_over_what_was_answered(
    tmp_path: Path,
) -> None:
    print(f"CRASH_SEED={SEED} CRASH_ROUNDS={ROUNDS}")
    truth = tmp_path / "truth.ndjson"
    with serving(tmp_path / "data", PLAIN) as server:
        players = simulated(server, truth)
        until_more(server.data, 1)
        killed_again_and_again(server, random.Random(SEED))
        until_more(server.data, 100)
        players.send_signal(signal.SIGINT)
        assert players.wait(PATIENCE) in (0, 1)
        stored = logged(server.data)
        last = max(report.t for report in stored) // 1000 + 30
        server.until(
            "all to be final",
            "/api/v1/live",
            lambda live: live["at"] >= instant(last + 20),
        )
        first = min(report.t for report in stored) // 1000 - 1
        expected = definition.levels(stored)
        for channel in {channel for channel, _ in expected}:
            path = f"/api/v1/levels?channel={channel}&from={instant(first)}&to={instant(last)}"
            found = server.get(path)["levels"]
            assert all(level["final"] for level in found)
            assert seconds_of(found) == {
                instant(second): counts
                for (name, second), counts in sorted(expected.items())
                if name == channel
            }
        told = answered(truth)
        assert len(told) > 100
        assert told <= set(map(what_it_says, stored))
        assert server.stop() == 0
