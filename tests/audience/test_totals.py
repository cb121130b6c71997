"""Days that an earlier process began come out as if it had gone on."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audience import definition
from audience.attendance import Attendance
from audience.days import Day
from audience.fold import Fold
from audience.reports import to_columns
from audience.rules import Rules
from audience.totals import Crowd, OpenDay, Totals
from tests import hostile
from tests.audience.counted import ended, fed

RULES = Rules()
OF_KINDS = [replace(RULES, kinds=kinds) for kinds in hostile.KINDS]
LONG = Day(dt.date(2026, 10, 25), ZoneInfo("Europe/Berlin"))


def resumed(before: Totals, fold: Fold, again: Fold, since: int) -> Totals:
    """What a new process knows from storage: the final seconds' crowd and attendance."""
    totals, channels = Totals(before.zones, before.starts), again.channels
    for each in before.open:
        stored = each.attendance.unstored(fold.final_until)
        names = [fold.channels[what >> 1] for what in stored["what"]]
        assert not any(name.startswith("*") for name in names)
        channel = np.array([channels.index(name) for name in names], np.int32)
        attendance = Attendance(each.day, since, again.groups)
        attendance.restore(
            np.stack((stored["id0"], stored["id1"]), axis=1),
            np.stack((stored["id2"], stored["id3"]), axis=1),
            channel,
            again.kinds_of(channel),
        )
        columns = (each.crowd.peak, each.crowd.peak_at, each.crowd.watch_seconds)
        by_name = [dict(zip(fold.channels, column.tolist(), strict=False)) for column in columns]
        crowd = Crowd(*(np.array([of.get(name, 0) for name in channels]) for of in by_name))
        totals.resume(OpenDay(each.day, attendance, crowd))
    return totals


@settings(max_examples=200)
@given(
    day=st.sampled_from((LONG, *hostile.DAYS, *hostile.PAST)),
    data=st.data(),
    after=st.sampled_from((0, 3600)),
    rules=st.sampled_from(OF_KINDS),
)
def test_a_day_resumed_behind_the_horizon_ends_as_the_definition_has_it(
    day: Day, data: st.DataObject, after: int, rules: Rules
) -> None:
    reports = data.draw(hostile.arrivals(around=(day.first + after) * 1000, size=12))
    middle = reports[len(reports) // 2].received
    first_half = [r for r in reports if r.received <= middle]
    fold, before = fed(Fold(rules), first_half), Totals([day.zone], day.starts)
    before.follow(fold, fold.take_final())
    since = fold.final_until + 1

    replayed = [r for r in reports if r.received > middle - RULES.horizon - hostile.EARLY]
    again = Fold(rules)
    again.know(hostile.CHANNELS)
    totals = resumed(before, fold, again, since)
    again.feed(to_columns(replayed))
    final = [levels.since(since) for levels in again.take_final()]
    closed = ended(totals, again, final)
    again.advance(again.watermark + 2 * 86_400_000)
    closed += ended(totals, again, [levels.since(since) for levels in again.take_final()])
    assert closed
    for each, figures in closed:
        assert each.starts == day.starts
        assert figures == definition.figures(reports, each, rules.kinds)
