"""What is true of a shared database only; all else is in the suites of every engine."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sinks.engine import Retry, Stop
from sinks.shared import NAME, SHARED, SharedEngine, address, shares
from tests.sinks.test_engines import ROOT

SLOW = "SELECT sum(sipHash64(number)) AS x FROM numbers(100000000) SETTINGS max_threads = 1"


def test_nobody_but_its_owner_may_open_the_socket(
    shared_engine: SharedEngine, database: Path
) -> None:
    assert shared_engine.query("SELECT 1 AS x").num_rows == 1
    assert (database.parent / NAME).stat().st_mode & 0o777 == 0o600


def test_a_long_question_keeps_nobody_else_waiting(
    shared_engine: SharedEngine, database: Path
) -> None:
    slow = SharedEngine(database.parent)
    asking = threading.Thread(target=slow.query, args=(SLOW,))
    asking.start()
    answers = 0
    while asking.is_alive() and answers < 100:
        answers += shared_engine.query("SELECT 1 AS x").num_rows
    assert answers == 100
    asking.join()
    slow.close()


def test_where_nobody_shares_it_is_told(tmp_path: Path) -> None:
    assert not shares(tmp_path)
    with pytest.raises(Stop, match="no process shares its storage"):
        SharedEngine(tmp_path)


def test_a_path_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="use a shorter PENONTON_DATA"):
        address(tmp_path / ("long" * 30))


def test_the_end_of_the_owner_is_told_and_the_next_one_is_found(tmp_path: Path) -> None:
    def started() -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "sinks.shared", str(tmp_path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        assert process.stdout.readline() == f"{SHARED}\n"
        return process

    owner = started()
    engine = SharedEngine(tmp_path)
    assert engine.query("SELECT 1 AS x").num_rows == 1
    owner.kill()  # its socket stays behind
    owner.communicate()
    for _ in range(2):
        with pytest.raises(Retry):
            engine.query("SELECT 1 AS x")
    owner = started()
    assert engine.query("SELECT 1 AS x").num_rows == 1
    engine.close()
    owner.communicate()  # which ends its stdin
    assert owner.returncode == 0
