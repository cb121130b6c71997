"""`penonton serve` as its user meets it."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from audience.days import Day
from dashboards.web.instants import written
from tests.serve.running import PATIENCE, QUICK, Serving, free_port, serving
from tests.today import NOON, today

JAKARTA = ZoneInfo("Asia/Jakarta")


def say(server: Serving, state: str, **more: object) -> None:
    report = {
        "viewer": "device-1",
        "session": "playback-1",
        "channel": "polri-tv",
        "state": state,
        "ts": time.time_ns() // 1_000_000,
        **more,
    }
    assert server.post("/v1/reports", report) == 202


def watching(server: Serving, viewers: int) -> str:
    """When it was seen that this many watch anything."""
    live = server.until(
        f"{viewers} watching",
        "/api/v1/live",
        lambda live: live["channels"][0]["viewers"] == viewers,
    )
    at: str = live["at"]
    return at


def test_who_says_to_play_is_counted_until_it_says_to_quit(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        watching(server, 0)
        say(server, "playing")
        watching(server, 1)
        say(server, "quit")
        watching(server, 0)


def test_time_goes_on_while_nobody_reports(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        first = server.get("/api/v1/live")["at"]
        server.until("a later second", "/api/v1/live", lambda live: live["at"] > first)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_clean_and_the_data_survive_it(tmp_path: Path, sign: signal.Signals) -> None:
    with serving(tmp_path / "data", QUICK | NOON) as server:
        say(server, "playing")
        begun = watching(server, 1)
        time.sleep(2)
        say(server, "quit")
        left = watching(server, 0)
        path = f"/api/v1/levels?channel=polri-tv&from={begun}&to={left}"
        provisional = server.get(path)["levels"]
        before = server.until(
            "final levels",
            path,
            lambda answer: all(each["final"] for each in answer["levels"]),
        )
        assert [each | {"final": True} for each in provisional] == before["levels"]
        day = server.get(f"/api/v1/days/{today()}")
        assert server.stop(sign) == 0
        server.start()
        server.until_ready()
        assert server.get(path) == before
        again = server.until(
            "today",
            f"/api/v1/days/{today()}",
            lambda days: days[0]["watch_seconds"] == day[0]["watch_seconds"],
        )
        assert again == day
        assert server.stop(sign) == 0
        assert "rror" not in server.messages.read_text()


def test_kinds_and_days_that_begin_at_another_hour_survive_a_kill(tmp_path: Path) -> None:
    hour = (time.gmtime(time.time() + 7 * 3600).tm_hour + 2) % 24  # long until the day ends
    settings = {"PENONTON_KINDS": "polri-tv=tv,other=radio", "PENONTON_DAY_STARTS": str(hour)}
    with serving(tmp_path / "data", QUICK | settings) as server:
        say(server, "playing")
        watching(server, 1)
        names = ["*", "*radio", "*tv", "polri-tv"]
        live = server.get("/api/v1/live")["channels"]
        assert [(each["channel"], each["viewers"]) for each in live] == list(
            zip(names, (1, 0, 1, 1), strict=True)
        )
        day = Day.of(int(time.time()), JAKARTA, hour)
        path = f"/api/v1/days/{day.date}"
        say(server, "quit")
        watching(server, 0)
        server.stop(signal.SIGKILL)
        server.start()
        server.until_ready()
        days = server.until("the day", path, lambda days: days[0]["reach"] == 1)
        assert [each["channel"] for each in days] == ["*", "*tv", "polri-tv"]
        assert {each["reach"] for each in days} == {1}
        assert {each["watch_seconds"] for each in days} == {days[0]["watch_seconds"]}
        assert {each["first"] for each in days} == {written(day.first)}


def test_metrics_can_have_a_port_of_their_own(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path / "data", QUICK | {"PENONTON_METRICS_PORT": str(port)}) as server:
        say(server, "playing")
        watching(server, 1)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as told:
            text = told.read().decode()
        assert 'penonton_concurrent_viewers{channel="polri-tv"} 1.0' in text
        assert (
            'penonton_reports_total{channel="polri-tv",platform="other",protocol="json"} 1.0'
            in text
        )
        with pytest.raises(urllib.error.HTTPError):
            server.get("/metrics")


def test_what_is_taken_already_is_said(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        same_port = _refused(tmp_path / "other", server.port)
        assert f"cannot listen on 127.0.0.1:{server.port}" in same_port
        same_data = _refused(server.data, free_port())
        assert str(server.process.pid) in same_data


def _refused(data: Path, port: int) -> str:
    command = [sys.executable, "-m", "penonton", "serve", "--data", str(data), "--port", str(port)]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=os.environ
    )
    assert ended.returncode == 1
    return ended.stderr
