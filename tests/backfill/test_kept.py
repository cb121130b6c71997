"""What a backfill leaves as it stands, since the raw reports do not say all about it any more."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from audience.days import Day
from audience.figures import Figures
from audience.levels import Levels
from audience.reports import Report
from sinks.receipts import Happened, What
from sinks.rows import LevelsOf
from tests.backfill.places import Place
from tests.today import ZONE

DAY = Day(dt.date(2026, 11, 20), ZoneInfo("Asia/Jakarta"))  # two dates of UTC
SPAN = ("--from", "2026-11-20", "--to", "2026-11-20", "--zone", "Asia/Jakarta")
STOOD = Figures(len(DAY.seconds), 7, DAY.first, 70, 7, 7)


def standing(place: Place, *seconds: int) -> None:
    """A final day, and levels at these seconds of it."""
    place.store.put_days(DAY.zone.key, DAY.date, {"*": STOOD}, "final", DAY.end * 1000)
    for second in seconds:
        counts = np.full((1, 10), 7, np.int32)
        place.store.insert_levels(LevelsOf(Levels(("*",), second, counts, counts)))


def report(second: int) -> Report:
    return Report(t=second * 1000, viewer="1" * 32, session="2" * 32, channel="tv", state="playing")


@pytest.mark.parametrize("left", [0, 60_000], ids=["all of it", "the first of its dates"])
def test_a_day_whose_raw_reports_have_expired_stays(place: Place, left: int) -> None:
    standing(place, DAY.first + 3_600, DAY.first + 60_000)
    if left:
        place.holds([report(DAY.first + left)])
    answer = place.run(*SPAN)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "raw reports of it are not all in storage; what stands is kept" in answer.stderr
    assert place.store.days(DAY.zone.key, DAY.date, DAY.date)[0].figures == STOOD


def test_a_day_of_which_reports_were_erased_stays(place: Place) -> None:
    standing(place, DAY.first + 60_000)
    place.holds([report(DAY.first + 60_000)])
    place.store.receipts.put_erasures([(DAY.zone.key, DAY.date, "*")], 1)
    answer = place.run(*SPAN)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "reports were erased; what stands is kept" in answer.stderr


def test_a_day_written_by_another_definition_is_restated_for_that(place: Place) -> None:
    standing(place, DAY.first + 60_000)
    place.holds([report(DAY.first + 60_000)])
    place.engine.execute(
        "INSERT INTO days SELECT * REPLACE (definition + 1 AS definition, version + 1 AS version)"
        " FROM days"
    )
    place.backfill(*SPAN)
    assert place.asked("SELECT DISTINCT reason FROM restatements") == [
        {"reason": "new definition version"}
    ]


@pytest.mark.parametrize(
    ("late", "reason"), [(2, "replayed quarantine"), (3, "late reports"), (0, "other settings")]
)
def test_the_reason_is_what_came_since_the_day_was_final(
    place: Place, late: int, reason: str
) -> None:
    """What is replayed is late too: more late reports than that came by themselves."""
    standing(place, DAY.first + 60_000)
    place.holds([report(DAY.first + 60_000)])
    came: list[tuple[What, int]] = [("late", late), ("replayed", 2)] if late else []
    place.store.receipts.put_happened(
        {"x": [Happened(what, DAY.first, "tv", n, at=DAY.end) for what, n in came]}
    )
    place.backfill(*SPAN)
    assert place.asked("SELECT DISTINCT reason FROM restatements") == [{"reason": reason}]


def test_today_is_printed_and_left_to_the_live_count(place: Place) -> None:
    now = int(dt.datetime.now(dt.UTC).timestamp())
    place.holds([report(now)])
    (anything, tv) = place.backfill("--zone", ZONE)
    assert (anything["channel"], tv["channel"], tv["watch_seconds"]) == ("*", "tv", 15)
    assert place.asked("SELECT channel FROM days") == []
