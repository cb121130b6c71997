"""`penonton quarantine`: what was refused is listed, shown harmlessly, and sent again once."""

import json
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from ingest.quarantine import Quarantine, Quarantined
from tests.house.test_command import penonton
from tests.serve.running import QUICK, serving
from tests.today import NOON, today
from tests.waiting import until

RECEIVED = 1_795_000_000_123


def refused(
    body: bytes, *, reason: str = "no_channel", path: str = "/v1/reports", protocol: str = "json"
) -> Quarantined:
    return Quarantined(
        received=RECEIVED,
        protocol=protocol,
        platform="web",
        reason=reason,
        message="Why it was.",
        path=path,
        body=body,
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    Quarantine(tmp_path / "data" / "quarantine").add(
        [
            refused(b'{"session": "s1", "viewer": "v1", "state": "playing"}'),
            refused(b"\x1b]0;evil\x07\\", reason="malformed"),
            refused(b'{"event":"playing","sessionId":"s2"}', protocol="epas", path="/epas"),
        ]
    )
    return tmp_path / "data"


def rows(data: Path, *arguments: str, **environment: str) -> list[dict[str, object]]:
    answer = penonton(
        *("quarantine", *arguments, "--data", str(data), "--format", "json"),
        cwd=data.parent,
        **environment,
    )
    assert answer.returncode == 0, answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_everything_is_listed_with_when_and_why(data: Path) -> None:
    listed = rows(data, "list")
    assert [row["reason"] for row in listed] == ["no_channel", "malformed", "no_channel"]
    assert {row["time"] for row in listed} == {"2026-11-18T11:06:40.123Z"}
    assert len({row["id"] for row in listed}) == 3


def test_what_is_shown_can_do_nothing_to_a_terminal(data: Path) -> None:
    evil = str(rows(data, "list")[1]["id"])
    answer = penonton("quarantine", "show", evil, "--data", str(data), cwd=data.parent)
    assert "\\x1b]0;evil\\x07\\x5c" in answer.stdout
    assert answer.stdout.replace("\n", "").isprintable()


def test_what_is_not_there_is_1_and_said(data: Path) -> None:
    for command in ("show", "replay"):
        answer = penonton("quarantine", command, "nothing", "--data", str(data), cwd=data.parent)
        assert (answer.returncode, answer.stdout) == (1, "")
        assert "nothing" in answer.stderr


def test_a_folder_that_is_not_there_has_nothing_and_stays_so(tmp_path: Path) -> None:
    assert rows(tmp_path / "none", "list") == []
    assert not (tmp_path / "none").exists()


def test_a_replay_takes_what_today_s_rules_take_and_keeps_when_it_was_received(data: Path) -> None:
    would = rows(data, "replay", "--dry-run", PENONTON_DEFAULT_CHANNEL="main")
    taken = "would be replayed"
    assert [row["outcome"] for row in would] == [taken, "still refused", taken]
    assert [row["reason"] for row in would] == ["", "malformed 1", ""]
    assert not (data / "handed").exists()
    done = rows(data, "replay", PENONTON_DEFAULT_CHANNEL="main")
    assert [row["outcome"] for row in done] == ["replayed", "still refused", "replayed"]
    handed = [path.read_text() for path in (data / "handed").iterdir()]
    reports = [json.loads(text) for text in handed]
    assert {report["protocol"] for report in reports} == {"json", "epas"}
    for report in reports:
        assert (report["channel"], report["received"], report["t"]) == ("main", RECEIVED, RECEIVED)
    assert not any(name in text for text in handed for name in ("s1", "s2", "v1"))


def test_twice_is_once(data: Path) -> None:
    environment = {"PENONTON_DEFAULT_CHANNEL": "main"}
    name = str(rows(data, "list")[2]["id"])
    assert rows(data, "replay", name, **environment)[0]["outcome"] == "replayed"
    assert rows(data, "replay", name, **environment)[0]["outcome"] == "replayed before"
    assert len(list((data / "handed").iterdir())) == 1
    assert rows(data, "list")[2]["replayed"] == "yes"


def test_a_running_serve_takes_it_keeps_it_and_counts_it_as_late(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, QUICK | NOON) as server:
        server.post("/v1/reports", {"session": "now", "channel": "other", "state": "playing"})
        code = server_status(server.url + "/epas", b'{"event":"playing","sessionId":"s2"}')
        assert code == 400
        time.sleep(3)  # the lateness that this server allows is over
        outcome = rows(data, "replay", PENONTON_DEFAULT_CHANNEL="main")
        assert [row["outcome"] for row in outcome] == ["replayed"]
        server.until(
            "the replayed report to be told",
            "/api/v1/live",
            lambda _: not list((data / "handed").glob("*.ndjson")),
        )
        late = 'penonton_late_reports_total{channel="main"} 1.0'
        until(lambda: late in server.text("/metrics"))
        assert "penonton_quarantine_dropped_total 0.0" in server.text("/metrics")
        receipt = server.until(
            "the receipt to know it",
            f"/api/v1/days/{today()}/receipt",
            lambda receipt: receipt["replayed_reports"] == 1,
        )
        assert receipt["refused_reports"] == 1
        assert receipt["reports"] == 2


def server_status(url: str, body: bytes) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body)) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code
