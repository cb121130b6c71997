"""`penonton programmes` as its user meets it, alone and beside a running `penonton serve`."""

import datetime as dt
import time
import urllib.request
from pathlib import Path

import pytest

from tests.backfill.running import penonton, rows
from tests.serve.running import PATIENCE, Serving, serving
from tests.waiting import until

LISTING = """<?xml version="1.0"?>
<!DOCTYPE tv SYSTEM "xmltv.dtd">
<tv>
  <programme start="20261125120000 +0700" stop="20261125130000 +0700" channel="RCTI.id">
    <title>Berita</title>
  </programme>
  <programme start="20261125123000 +0700" stop="20261125140000 +0700" channel="RCTI.id">
    <title>Film</title><category>Special</category>
  </programme>
</tv>
"""


def scraped(server: Serving) -> str:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=PATIENCE) as told:
        text: str = told.read().decode()
        return text


DAY = ("--from", "2026-11-25")


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    file = tmp_path / "epg.xml"
    file.write_text(LISTING)
    return file


def test_a_listing_is_imported_once_and_overlaps_are_said(tmp_path: Path, listing: Path) -> None:
    data = tmp_path / "data"
    asked = ("programmes", "import", listing, "--channel", "RCTI.id=rcti", "--format", "json")
    answers = [penonton(*asked, data=data) for _ in range(2)]
    assert [rows(answer) for answer in answers] == [
        [
            {"source": "epg.xml", "added": n, "changed": 0, "removed": 0, "same": 2 - n}
            | {"overlapping": 1}
        ]
        for n in (2, 0)
    ]
    assert "overlapping on rcti: 'Berita' (2026-11-25 05:00 to 06:00 UTC" in answers[0].stderr
    listed = rows(penonton("programmes", "list", *DAY, "--format", "json", data=data))
    assert listed[1] == {
        "channel": "rcti",
        "start": "2026-11-25T12:30:00+07:00",
        "end": "2026-11-25T14:00:00+07:00",
        "title": "Film",
        "special": True,
        "source": "epg.xml",
    }
    utc = penonton("programmes", "list", *DAY, "--zone", "UTC", "--format", "csv", data=data)
    assert utc.stdout.splitlines()[1].startswith("rcti,2026-11-25T05:00:00+00:00,")
    assert (
        rows(penonton("programmes", "list", "--from", "2026-11-26", "--format", "json", data=data))
        == []
    )


def test_a_faulty_file_leaves_nothing_behind_not_even_of_the_others(
    tmp_path: Path, listing: Path
) -> None:
    faulty = tmp_path / "faulty.csv"
    faulty.write_text("channel,title,start,end\nrcti,A,noon,later\n")
    data = tmp_path / "data"
    answer = penonton(
        "programmes", "import", listing, faulty, "--channel", "RCTI.id=rcti", data=data
    )
    assert (answer.returncode, answer.stdout) == (1, "")
    assert f"{faulty}, line 2: 'noon' is no time" in answer.stderr
    assert not data.exists()


@pytest.mark.parametrize(
    "wrong", [("--channel", "RCTI"), ("--channel", "RCTI.id=RCTI"), ("--zone", "Mars/Olympus")]
)
def test_an_option_that_is_wrong_is_2(
    tmp_path: Path, listing: Path, wrong: tuple[str, str]
) -> None:
    answer = penonton("programmes", "import", listing, *wrong, data=tmp_path / "data")
    assert (answer.returncode, answer.stdout) == (2, "")


def test_a_last_day_before_the_first_is_2(tmp_path: Path) -> None:
    answer = penonton("programmes", "list", *DAY, "--to", "2026-11-24", data=tmp_path / "data")
    assert answer.returncode == 2


def test_beside_a_server_it_is_imported_shown_measured_and_counted(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:

        def say(state: str) -> None:
            report = {"viewer": "v", "session": "s", "channel": "tv", "state": state}
            assert server.post("/v1/reports", report) == 202

        say("playing")
        start = int(time.time()) + 1
        began, ended, tomorrow = (
            dt.datetime.fromtimestamp(at, dt.UTC).isoformat()
            for at in (start, start + 3, start + 86_400)
        )
        sheet = tmp_path / "now.csv"
        sheet.write_text(
            "channel,title,start,end,special\n"
            f"tv,Konser,{began},{ended},yes\nradio,Pagi,{began},{tomorrow},no\n"
        )
        (imported,) = rows(
            penonton("programmes", "import", sheet, "--format", "json", data=server.data)
        )
        assert (imported["added"], imported["overlapping"]) == (2, 0)
        found = server.get("/api/v1/programmes?channel=tv")["programmes"]
        assert [each["title"] for each in found] in (["Konser"], [])  # over by now, on a slow day
        until(lambda: "penonton_scheduled_event{" in scraped(server))
        metrics = scraped(server)
        assert 'penonton_scheduled_event{channel="tv"} 1.0' in metrics
        assert 'penonton_scheduled_event{channel="radio"} 0.0' in metrics
        time.sleep(max(0, start + 4 - time.time()))
        say("quit")
        path = f"/api/v1/programmes/tv/{began.replace('+00:00', 'Z')}"
        server.until("final", path, lambda answer: answer[0]["status"] == "final")
        asked = ("programmes", "figures", "--zone", "UTC", "--from", began[:10], "--format", "json")
        counted = {row["channel"]: row for row in rows(penonton(*asked, data=server.data))}
        tv, radio = counted["tv"], counted["radio"]
        assert (tv["status"], tv["watch_seconds"], tv["average_viewers"]) == ("final", 3, 1.0)
        assert (tv["peak_viewers"], tv["peak_at"], tv["reach"], tv["sessions"]) == (1, began, 1, 1)
        assert (radio["status"], radio["reach"], radio["watch_seconds"]) == ("provisional", 0, 0)
        assert server.stop() == 0
        again = rows(penonton(*asked, "--channel", "tv", data=server.data))
        assert again == [tv]
        assert "rror" not in server.messages.read_text()
