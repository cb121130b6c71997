"""What the doctor finds in data that exist."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from audience.reports import Report
from ingest.log.durable import entries
from ingest.log.local import LocalLog
from penonton import checks
from penonton.checks import Verdict
from penonton.settings import Settings

REPORT = Report(t=0, viewer="0" * 32, session="0" * 32, channel="tv", received=0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
def segment(settings: Settings) -> Path:
    """The one file of a log with three records of one report each."""
    log = LocalLog(settings.data / "log")
    for _ in range(3):
        log.append(entries([REPORT]))
    log.close()
    (file,) = (settings.data / "log").glob("*.log")
    return file


def test_no_log_is_no_harm(settings: Settings) -> None:
    assert checks.log(settings) == (Verdict.ok, "0 reports, all readable")


@pytest.mark.usefixtures("segment")
def test_a_whole_log_is_counted(settings: Settings) -> None:
    assert checks.log(settings) == (Verdict.ok, "3 reports, all readable")


def test_a_torn_end_is_no_harm_since_it_was_never_promised(
    settings: Settings, segment: Path
) -> None:
    segment.write_bytes(segment.read_bytes()[:-1])
    assert checks.log(settings) == (Verdict.ok, "2 reports, all readable")


def test_a_broken_byte_before_the_end_is_bad(settings: Settings, segment: Path) -> None:
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    verdict, message = checks.log(settings)
    assert verdict is Verdict.bad
    assert "reports are lost" in message


def test_storage_that_is_not_there_yet_is_not_made_by_looking(settings: Settings) -> None:
    assert checks.storage(settings)[0] is Verdict.ok
    assert list(settings.data.iterdir()) == []


@pytest.mark.parametrize(
    ("key", "verdict"),
    [("", Verdict.warn), ("k" * 15, Verdict.warn), ("k" * 16, Verdict.ok)],
)
def test_a_key_of_16_characters_is_long_enough(key: str, verdict: Verdict) -> None:
    found, message = checks.id_key(Settings(id_key=key))
    assert found is verdict
    assert not key or key not in message


@pytest.mark.parametrize(("seconds", "verdict"), [(29, Verdict.warn), (30, Verdict.ok)])
def test_an_interval_shorter_than_players_report_is_warned_of(
    seconds: int, verdict: Verdict
) -> None:
    found, message = checks.interval(Settings(max_interval=seconds))
    assert found is verdict
    assert ("PENONTON_MAX_INTERVAL" in message) == (verdict is Verdict.warn)


class Answer(BaseHTTPRequestHandler):
    """Answers one line to everything, as Penonton and others would."""

    line = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.line)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


@pytest.mark.parametrize(
    ("line", "verdict"),
    [(b'{"info":{"title":"Penonton"}}', Verdict.ok), (b"<h1>It works!</h1>", Verdict.bad)],
)
def test_a_taken_port_is_sound_only_when_penonton_answers(line: bytes, verdict: Verdict) -> None:
    answer = type("Answering", (Answer,), {"line": line})
    with ThreadingHTTPServer(("127.0.0.1", 0), answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        found, message = checks.port(Settings(port=server.server_port))
        server.shutdown()
    assert found is verdict
    assert ("PENONTON_PORT" in message) == (verdict is Verdict.bad)
