"""A backfill beside `penonton serve`: one storage, and the live count and its answers go on."""

import datetime as dt
from pathlib import Path

from audience.reports import Report
from penonton.settings import load
from penonton.storage import engine
from sinks.store import Store
from tests.backfill.running import penonton, rows, written
from tests.serve.running import serving
from tests.sinks.rows import log_batch

DAY, SPAN = dt.date(2026, 11, 20), ("--from", "2026-11-20", "--to", "2026-11-20", "--zone", "UTC")
NOON = 1_795_176_000_000


def watching(viewer: int) -> list[Report]:
    ids = f"{viewer:032x}"
    return [
        Report(t=NOON + 30_000 * n, viewer=ids, session=ids, channel="tv", state="playing")
        for n in range(100)
    ]


def test_days_are_written_while_the_live_count_goes_on(tmp_path: Path) -> None:
    reports = [report for viewer in range(50) for report in watching(viewer)]
    with serving(tmp_path / "data") as server:
        beside = engine(load({}, data=tmp_path / "data"))  # as any command, of what serves
        Store(beside).insert_reports(log_batch(reports))
        before = server.get("/api/v1/live")["at"]
        printed = rows(penonton("backfill", *SPAN, "--engine", "sql", data=tmp_path / "data"))
        assert [row["reach"] for row in printed] == [50, 50]
        day = server.get(f"/api/v1/days/{DAY}?zone=UTC")
        assert [each["reach"] for each in day] == [50, 50]
        server.until("time goes on", "/api/v1/live", lambda live: live["at"] > before)

        file = written(tmp_path / "file", reports[:2_500])
        again = rows(penonton("backfill", file, *SPAN, data=tmp_path / "data"))
        assert [row["reach"] for row in again] == [25, 25]
        assert {each.status for each in Store(beside).days("UTC", DAY, DAY)} == {"restated"}
        beside.close()
    stopped = rows(penonton("backfill", *SPAN, data=tmp_path / "data"))
    assert stopped == printed  # and without anybody who serves, as with
