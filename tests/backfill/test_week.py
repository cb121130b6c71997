"""A simulated week in which clocks are changed, computed by the command from raw reports."""

import datetime as dt
from collections.abc import Sequence
from functools import cache
from zoneinfo import ZoneInfo

from audience.days import Day
from audience.reports import Report
from penonton.simulate import stored
from penonton.simulate.world import World
from tests.backfill.places import Place
from tests.backfill.running import expected

ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Jakarta", "Europe/London")]
FIRST, LAST = dt.date(2026, 10, 22), dt.date(2026, 10, 28)
LONG = dt.date(2026, 10, 25)  # 25 hours in Berlin and London
SPAN = ("--from", FIRST.isoformat(), "--to", LAST.isoformat())
ALL = {"PENONTON_ZONES": ",".join(zone.key for zone in ZONES)}


@cache
def week() -> Sequence[Report]:
    world = World(1, seconds=9 * 86_400, second_screen=0.5, interval=120_000)
    began = Day(FIRST, ZONES[0]).first * 1000 - 43_200_000
    return list(stored.reports(world, began)[0])


def near(day: Day) -> list[Report]:
    """Its own and its neighbours': the definition takes seconds for a week."""
    return [r for r in week() if abs(r.t // 1000 - day.first) < 2 * 86_400]


def test_both_engines_answer_the_definition_s_days_of_every_zone(place: Place) -> None:
    place.holds(week())
    found = place.backfill(*SPAN, "--engine", "sql", "--dry-run", **ALL)
    assert found == place.backfill(*SPAN, "--engine", "fold", "--dry-run", **ALL)
    assert len({(row["zone"], row["day"]) for row in found}) == 7 * len(ZONES)
    for day in (Day(LONG, ZONES[0]), Day(LONG, ZONES[2]), Day(LAST, ZONES[1])):
        mine = [r for r in found if (r["zone"], r["day"]) == (day.zone.key, day.date.isoformat())]
        assert mine == expected(near(day), [day])


def test_levels_agree_with_the_days_they_belong_to(place: Place) -> None:
    day = Day(LONG, ZONES[0])
    place.holds(near(day))
    span = ("--from", LONG.isoformat(), "--to", LONG.isoformat(), "--zone", day.zone.key)
    for row in place.backfill(*span, "--engine", "sql"):
        seconds = place.store.levels(row["channel"], day.first - 60, day.end + 60).to_pylist()
        assert sum(each["viewers"] for each in seconds) == row["watch_seconds"]
        assert max(each["viewers"] for each in seconds) == row["peak_viewers"]


def test_a_run_that_was_killed_is_gone_on_with_and_ends_as_if_it_had_not_been(place: Place) -> None:
    place.holds(near(Day(FIRST, ZONES[0])))
    command = ("--from", "2026-10-22", "--to", "2026-10-24", "--zone", "Europe/Berlin")
    place.kill_after("2026-10-23 Europe/Berlin: ", *command)
    answer = place.run(*command)
    assert "2026-10-22 Europe/Berlin: done by the run that broke off" in answer.stderr
    again = place.run(*command)
    assert "broke off" not in again.stderr
    assert answer.stdout == again.stdout
    assert place.asked("SELECT figure FROM restatements") == []
    finals = "SELECT DISTINCT toString(day) AS day FROM days WHERE status = 'final' ORDER BY day"
    assert [row["day"][-2:] for row in place.asked(finals)] == ["22", "23", "24"]
