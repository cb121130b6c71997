"""One process, a cluster, and SQL over the same reports give the same numbers."""

from collections.abc import Sequence
from pathlib import Path

from audience.days import Day
from audience.reports import Report
from ingest.log.encoding import encode
from ingest.log.local import LocalLog
from ingest.log.records import Entry
from tests.backfill.running import expected, penonton, rows, written
from tests.faults.checking import Evidence
from tests.faults.oneprocess import final_levels
from tests.faults.players import hostile
from tests.faults.seeds import told
from tests.faults.stage import QUICK, ZONE, Stage
from tests.serve.running import serving

FIGURES = ("peak_viewers", "watch_seconds", "reach", "sessions")


def test_one_process_a_cluster_and_sql_agree_on_the_same_reports(
    stage: Stage, tmp_path: Path
) -> None:
    collector = stage.collector()
    stage.worker("worker-1")
    stage.worker("worker-2")
    stage.until_counted()
    with stage.load([collector], hostile(told(), 150, 10)) as load:
        load.wait()
    stage.pass_time()
    cluster = stage.check()
    reports = sorted(cluster.reports, key=lambda report: report.received)
    said = expected(reports, sorted({Day.of(r.t // 1000, ZONE) for r in reports}, key=str))
    assert figures(cluster) == [short(row) for row in said]
    for engine in ("sql", "fold"):
        file = written(tmp_path / "reports.ndjson", reports)
        asked = ("backfill", file, "--engine", engine, "--zone", ZONE.key, "--dry-run")
        assert rows(penonton(*asked, data=tmp_path / "none", **QUICK)) == said
    store_log(tmp_path / "one" / "log", reports)
    with serving(tmp_path / "one", QUICK) as server:
        end = max(second for _, second in cluster.levels) + 1
        assert final_levels(server, reports[0].t // 1000 - 3, end) == cluster.levels
        for date in {row["day"] for row in said}:
            answer = server.get(f"/api/v1/days/{date}?zone={ZONE.key}")
            assert [short(row) for row in answer] == [
                short(row) for row in said if row["day"] == date
            ]


def figures(evidence: Evidence) -> list[tuple[object, ...]]:
    return [
        (date.isoformat(), channel, *(getattr(found, name) for name in FIGURES))
        for (_, date), by_channel in sorted(evidence.days.items())
        for channel, found in sorted(by_channel.items())
    ]


def short(row: dict[str, object]) -> tuple[object, ...]:
    return (row["day"], row["channel"], *(row[name] for name in FIGURES))


def store_log(folder: Path, reports: Sequence[Report]) -> None:
    """As if one process had received them."""
    with LocalLog(folder) as log:
        for begin in range(0, len(reports), 20):
            some = reports[begin : begin + 20]
            log.append([Entry(encode(some), len(some), some[0].received, some[-1].received)])
