"""Downloads and the report beside a running `penonton serve`."""

import datetime as dt
import urllib.request
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.backfill.running import penonton, rows
from tests.downloads.exported import month, overview
from tests.serve.running import serving
from tests.today import ZONE


def test_downloads_come_in_and_are_reported_while_serve_runs(tmp_path: Path) -> None:
    data, september = tmp_path / "data", month(2026, 9)
    exports = overview(tmp_path, dict.fromkeys(september, 1_000))
    with serving(data) as server:
        answer = penonton("downloads", "import", exports, data=data)
        assert answer.returncode == 0, answer.stderr
        reported = penonton("report", "--month", "2026-09", "--format", "json", data=data)
        found = {(row["of"], row["figure"]): row["value"] for row in rows(reported)}
        assert found["google-play", "new_downloads"] == 30_000
        assert found["*", "average_reach"] is None
        with urllib.request.urlopen(f"{server.url}/report?month=2026-09") as page:
            text = page.read().decode()
        assert '<p class="number">30.000</p>' in text
        now = dt.datetime.now(ZoneInfo(ZONE))
        with urllib.request.urlopen(f"{server.url}/report?zone={ZONE}&language=en") as page:
            assert f"Audience report: {now:%B %Y}" in page.read().decode()
