"""Both engines answer what the definition answers, whatever the files hold."""

import dataclasses
import datetime as dt
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from audience import definition
from audience.days import Day
from audience.figures import Figures
from audience.reports import Report
from audience.rules import ANYTHING, Rules
from ingest.identity import Identity
from penonton.backfill.counting import EVER, touched
from penonton.backfill.evaluating import ENGINES, evaluate
from penonton.backfill.progress import Progress
from penonton.backfill.reading import fill
from sinks.chdb import ChdbEngine
from sinks.engine import Engine
from sinks.raw import RawReports
from sinks.store import Store
from tests import hostile
from tests.backfill.running import written

Found = dict[Day, dict[str, Figures]]
PARTS = (1, 2, 7)
RULES = Rules()
IDENTIFY = Identity("a key")
ZONES = sorted({day.zone for day in hostile.DAYS}, key=str)


@pytest.fixture(scope="session")
def engine(chdb_engine: ChdbEngine) -> Engine:
    """The one chDB that a process can have open, whichever tests came before."""
    return chdb_engine


def defined(reports: list[Report], zone: ZoneInfo, rules: Rules = RULES) -> Found:
    ends = [(w.seconds[0], w.seconds[-1]) for w in definition.watches(reports) if w.seconds]
    days = {Day.of(second, zone, rules.day_starts) for second in chain(*ends)}
    return {day: definition.figures(reports, day, rules.kinds) for day in days}


def computed(
    engine: Engine, files: list[Path], zone: ZoneInfo, name: str, parts: int, rules: Rules = RULES
) -> Found:
    """By an engine, its viewers in so many parts: days with a watched second."""
    store = Store(engine)
    with store.scratch_reports() as table:
        fill(store, table, files, IDENTIFY, Progress())
        raw = RawReports(engine, table)
        moments = raw.moments(0, EVER)
        rules = dataclasses.replace(rules, max_interval=max(rules.max_interval, moments.longest))
        found = {
            day: evaluate(raw, day, rules, name, parts, lambda _: None).figures()
            for day in touched(moments, zone, rules)
        }
    return {day: figures for day, figures in found.items() if figures[ANYTHING].watch_seconds}


@settings(max_examples=25)
@given(
    reports=st.lists(hostile.report_sets(sessions=3), min_size=1, max_size=2),
    zone=st.sampled_from(ZONES),
    rules=st.sampled_from((RULES, Rules(day_starts=6), Rules(kinds=hostile.KINDS[2]))),
    parts=st.sampled_from(PARTS),
)
def test_fold_and_sql_find_the_definition_s_figures_of_every_day(
    reports: list[list[Report]],
    zone: ZoneInfo,
    rules: Rules,
    parts: int,
    engine: Engine,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Each set in a file of its own, around one midnight or around two far apart."""
    folder = tmp_path_factory.mktemp("files")
    files = [written(folder / f"{n}.ndjson", each) for n, each in enumerate(reports)]
    expected = defined([*chain(*reports)], zone, rules)
    for name in ENGINES:
        assert computed(engine, files, zone, name, parts, rules) == expected


def at(t: int, **fields: object) -> Report:
    said = Report(t=t, viewer="1" * 32, session="2" * 32, channel="tv", state="playing")
    return replace(said, **fields)


def both(engine: Engine, files: list[Path], zone: str = "UTC") -> Found:
    found = computed(engine, files, ZoneInfo(zone), "fold", 1)
    assert computed(engine, files, ZoneInfo(zone), "sql", 2) == found
    return found


def test_a_report_of_1970_beside_one_of_2099_costs_two_days(engine: Engine, tmp_path: Path) -> None:
    old, new = 0, 4_070_908_800_000
    found = both(engine, [written(tmp_path / "a", [at(new), at(old)])])
    assert sorted(day.date for day in found) == [dt.date(1970, 1, 1), dt.date(2099, 1, 1)]
    assert {figures[ANYTHING].watch_seconds for figures in found.values()} == {15}


@pytest.mark.parametrize("gap", [172_799_999, 172_800_000, 172_800_001])
def test_two_days_of_silence_part_no_day(engine: Engine, tmp_path: Path, gap: int) -> None:
    """Around the longest day there is, so that a day cut in two would show."""
    zone = ZoneInfo("Europe/Berlin")
    for first in range(0, 86_400_000, 21_599_000):
        begin = Day(dt.date(2026, 10, 24), zone).first * 1000 + first
        reports = [at(begin), at(begin + gap), at(begin + gap + 86_400_000)]
        found = both(engine, [written(tmp_path / "a", reports)], zone.key)
        assert found == defined(reports, zone)


def test_intervals_longer_than_any_rule_are_believed(engine: Engine, tmp_path: Path) -> None:
    midnight = Day(dt.date(2026, 11, 25), ZoneInfo("UTC")).first * 1000
    reports = [at(midnight - 1_500_000, interval=600_000), at(midnight + 299_999, state="quit")]
    found = both(engine, [written(tmp_path / "a", reports)])
    assert found == defined(reports, ZoneInfo("UTC"))
    assert [figures["tv"].watch_seconds for figures in found.values()] == [1_500, 300]


def test_ids_that_are_not_hexadecimal_are_hashed(engine: Engine, tmp_path: Path) -> None:
    raw = [at(1_000_000, viewer="eve", session=s) for s in ("one", "two")]
    raw += [at(1_000_000, viewer=IDENTIFY("eve"), session=IDENTIFY("one"))]
    raw += [at(1_000_000, viewer=v) for v in ("A" * 32, "a" * 32, "a" * 31)]
    figures = both(engine, [written(tmp_path / "a", raw)])
    (day,) = figures.values()
    assert (day["tv"].reach, day["tv"].sessions) == (4, 5)


def test_a_report_twice_in_a_file_or_in_two_is_one(engine: Engine, tmp_path: Path) -> None:
    reports = [at(1_000_000), at(1_030_000), at(1_045_000, state="quit")]
    once = both(engine, [written(tmp_path / "a", reports)])
    again = [written(tmp_path / name, reports * 2) for name in ("b", "c")]
    assert both(engine, again) == once


def test_files_of_nothing_and_of_blank_lines_hold_no_days(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "blank").write_bytes(b"\n\r\n  \n")
    assert both(engine, [tmp_path / "empty", tmp_path / "blank"]) == {}


def test_lines_end_as_they_like(engine: Engine, tmp_path: Path) -> None:
    lines = written(tmp_path / "a", [at(1_000_000), at(1_030_000)]).read_bytes().splitlines()
    (tmp_path / "b").write_bytes(b"\r\n\r\n".join(lines))
    assert both(engine, [tmp_path / "b"]) == both(engine, [tmp_path / "a"])


def test_pieces_of_a_file_are_cut_between_lines(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = [at(1_000_000 + 7_000 * n, viewer=f"{n % 5:032x}") for n in range(40)]
    file = written(tmp_path / "a", reports)
    line = len(file.read_bytes()) // len(reports)
    for size in (1, line - 1, line, line + 1, 3 * line):
        monkeypatch.setattr("penonton.backfill.reading.PIECE", size)
        assert both(engine, [file]) == defined(reports, ZoneInfo("UTC"))
    monkeypatch.undo()
    monkeypatch.setattr("penonton.backfill.reading.LINES", 3)
    monkeypatch.setattr("penonton.backfill.reading.BATCH", 5)
    monkeypatch.setattr("penonton.backfill.evaluating.STRETCH", 7)
    assert both(engine, [file]) == defined(reports, ZoneInfo("UTC"))
    assert np.unique([report.viewer for report in reports]).size == 5
