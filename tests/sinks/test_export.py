"""The query of docs/backfill.md that writes raw reports as a backfill reads them."""

import re
from pathlib import Path

from msgspec import structs

from audience.reports import Report
from ingest.log.encoding import from_json_lines, to_reports
from sinks.chdb import ChdbEngine
from sinks.store import Store
from tests.sinks.rows import log_batch

DOCUMENT = Path(__file__).parents[2] / "docs" / "backfill.md"
FIRST, LAST = 1_795_453_200_000, 1_795_712_399_999  # 2026-11-24 00:00 to 2026-11-26 24:00 Jakarta
REPORT = Report(
    t=FIRST,
    viewer="0123456789abcdef" * 2,
    session="ff" * 16,
    channel="tv.1",
    state="playing",
    playhead=1.5,
    seq=2**62 + 1,
    received=FIRST + 1,
    clock="server",
    protocol="cmcd",
    platform="web",
    app="it's\\odd\n",
    country="ID",
)


def exported(engine: ChdbEngine) -> list[Report]:
    (query,) = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    lines = engine._worker.submit(lambda: engine._connection.query(query).bytes()).result()
    return to_reports(from_json_lines(lines, lambda raw: raw))


def test_what_was_stored_comes_out_as_it_was_and_of_these_days_only(
    chdb_engine: ChdbEngine,
) -> None:
    unnamed = structs.replace(REPORT, state=None, playhead=None, clock="client", t=LAST)
    before = structs.replace(REPORT, t=FIRST - 1)
    after = structs.replace(REPORT, t=LAST + 1)
    chdb_engine.execute("TRUNCATE TABLE reports")
    for _ in range(2):  # duplicates are one
        Store(chdb_engine).insert_reports(log_batch([before, REPORT, unnamed, after]))
    assert sorted(exported(chdb_engine), key=lambda report: report.t) == [REPORT, unnamed]
