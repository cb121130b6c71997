"""A receipt says how a figure came about, as it stands and restated, and what it cannot say."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from audience.figures import Figures
from audience.rules import Rules
from dashboards.web.numbers import Receipt
from dashboards.web.receipts import answer
from dashboards.web.words import Words
from penonton.receipts.assembling import Receipts, months_between
from penonton.receipts.printing import rows
from sinks import definition
from sinks.engine import Engine
from sinks.receipts import Happened
from sinks.rows import Restatement
from sinks.store import Store
from streams import local
from tests.receipts.days import DAY, RULES, ZONE, emptied, process, receipts, report


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "TICK", 0.005)


@pytest.fixture
def store(engine: Engine) -> Iterator[Store]:
    store = emptied(engine)
    yield store
    emptied(engine)


def receipt(store: Store, channel: str = "tv") -> Receipt:
    found = receipts(store).receipt(DAY.date, ZONE, channel)
    assert found is not None
    return found


def reproduced(engine: Engine, query: str | None) -> dict[str, object]:
    assert query is not None
    (row,) = engine.query(query).to_pylist()
    return dict(row)


def said(receipt: Receipt) -> dict[str, object]:
    figures = receipt.figures.figures
    return {
        "channel": receipt.figures.channel,
        "peak_viewers": figures.peak_viewers,
        "peak_at": figures.peak_at,
        "watch_seconds": figures.watch_seconds,
        "reach": figures.reach,
        "sessions": figures.sessions,
    }


def test_of_a_day_with_a_restart_and_an_outage(
    engine: Engine, store: Store, tmp_path: Path
) -> None:
    with process(tmp_path, store, 100) as first:
        first.receive(report(100), report(100, who=2), report(100, who=3, channel="radio"))
        first.pass_to(130)
        first.receive(report(130, "quit"))
        first.pass_to(160)
    with process(tmp_path, store, 165) as second:  # 5 s in which nobody heard
        second.pass_to(200)
    # Then nothing ran until after midnight.
    with process(tmp_path, store, 86_400 + 300) as third:
        third.pass_to(86_400 + 305)
    of_tv, of_any = receipt(store), receipt(store, "*")
    assert of_tv.figures.status == "final"
    assert of_tv.heard == of_any.heard == 60 + 35
    assert (of_tv.reports, of_any.reports) == (3, 4)
    assert of_tv.ends == {"reported": 1, "timeout": 1}
    assert of_any.ends == {"reported": 1, "timeout": 2}
    assert (of_tv.late, of_tv.replayed, of_tv.refused) == (0, 0, 0)
    assert (of_tv.changes, of_tv.erased) == ([], None)
    for each in (of_tv, of_any):
        assert reproduced(engine, each.query) == said(each)
    told = answer(of_any)
    assert told.completeness == 95 / 86_400
    assert told.ended_by_silence == pytest.approx(2 / 3)
    assert (told.figures.first, told.figures.end) == (
        "2026-11-24T17:00:00Z",
        "2026-11-25T17:00:00Z",
    )


def test_of_a_day_with_late_and_refused_ones_before_and_after_it_is_restated(
    engine: Engine, store: Store, tmp_path: Path
) -> None:
    with process(tmp_path, store, 100) as running:
        running.receive(report(100), report(100, who=2, channel="radio"))
        running.pass_to(500)
        running.receive(replace(report(110, who=7), seq=1), report(500, "quit"))
        running.counting.storing.note(
            [
                Happened("refused", DAY.first + 500, "tv", 3, "bad_seq", DAY.first + 500),
                Happened("refused", DAY.first + 501, "", 2, "malformed", DAY.first + 501),
            ]
        )
        running.pass_to(760)
    with process(tmp_path, store, 86_400 + 300) as after:
        after.pass_to(86_400 + 305)
    before = receipt(store)
    assert before.figures.figures.reach == 1
    assert (before.late, before.refused, before.refused_elsewhere) == (1, 3, 2)
    assert (receipt(store, "*").refused, receipt(store, "radio").refused) == (5, 0)
    found = reproduced(engine, before.query)
    assert found["reach"] == 2  # what a backfill will restate it to

    (figures,) = definition.figures(engine, "reports", [DAY], RULES)
    change = Restatement(ZONE.key, DAY.date, "tv", "reach", 1, 2, "late reports")
    store.put_restatements([change], DAY.end * 1000 + 5)
    store.put_days(ZONE.key, DAY.date, figures, "restated", DAY.end * 1000 + 5)
    restated = receipt(store)
    assert restated.figures.status == "restated"
    assert [(each.figure, each.before, each.after) for each in restated.changes] == [
        ("reach", 1, 2)
    ]
    assert (restated.late, restated.heard) == (before.late, before.heard)
    assert reproduced(engine, restated.query) == said(restated)
    printed = [row["value"] for row in rows(answer(restated)) if row["what"] == "restated"]
    assert printed == ["2026-11-25T17:00:00Z reach from 1 to 2: late reports"]
    (told,) = Words(restated, DAY.end).restatements
    assert (told.figure, told.before, told.after) == ("reach", "1", "2")
    assert (told.at, told.why) == ("26 November 2026, 00:00:00 WIB", "late reports")


def test_what_nobody_wrote_down_is_unknown_and_never_zero(engine: Engine, store: Store) -> None:
    (figures,) = definition.figures(engine, "reports", [DAY], RULES)
    store.put_days(ZONE.key, DAY.date, figures, "final", 1)
    told = answer(receipt(store, "*"))
    unknown = {row["what"] for row in rows(told) if row["value"] == "unknown"}
    assert unknown == {
        "seconds_heard",
        "completeness",
        "reports",
        "late_reports",
        "replayed_reports",
        "refused_reports",
        "refused_of_unknown_channel",
        "sessions_ended",
        "ended_by_silence",
    }
    assert told.query is None
    said = Words(receipt(store, "*"), DAY.end).origin
    assert [each.value for each in said] == [None] * 7


def test_where_reports_were_erased_no_query_finds_the_figure_again(
    store: Store, tmp_path: Path
) -> None:
    with process(tmp_path, store, 100) as running:
        running.receive(report(100))
        running.pass_to(400)
    assert receipt(store).query is not None
    store.receipts.put_erasures([(ZONE.key, DAY.date, "tv")], DAY.end * 1000)
    erased = receipt(store)
    assert (erased.query, answer(erased).reports_erased_at) == (None, "2026-11-25T17:00:00Z")
    assert receipt(store, "*").query is not None


def test_of_a_kind_it_adds_up_what_happened_to_its_channels(store: Store) -> None:
    late = [Happened("late", DAY.first, name, n) for n, name in enumerate(("a", "b", "c"), start=1)]
    store.receipts.put_happened({"0": late})
    store.receipts.put_heard({0: [(DAY.first, DAY.end)]}, 1)
    figures = {name: Figures.nobody(DAY) for name in ("*", "*tv", "b")}
    store.put_days(ZONE.key, DAY.date, figures, "final", 1)
    rules = Rules(kinds={"a": "tv", "b": "tv", "c": "radio"})
    of = Receipts(store, rules, 13, lambda: DAY.end * 1000)
    found = [of.receipt(DAY.date, ZONE, name) for name in ("*", "*tv", "b", "*radio")]
    assert [each and each.late for each in found] == [6, 3, 2, None]


def test_there_is_no_receipt_of_figures_that_are_not_there(store: Store) -> None:
    assert receipts(store).receipt(DAY.date, ZONE, "tv") is None


def test_a_month_has_begun_when_its_first_day_has() -> None:
    end_of_january = dt.date(2026, 1, 31)
    assert [
        months_between(end_of_january, later)
        for later in (
            end_of_january,
            dt.date(2026, 2, 1),
            dt.date(2026, 2, 28),
            dt.date(2027, 3, 1),
        )
    ] == [0, 1, 1, 14]
