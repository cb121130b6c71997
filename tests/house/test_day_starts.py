"""Days begin at the hour that is set, everywhere; a storage keeps days of one hour."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from penonton.day_starts import keep_day_starts
from penonton.settings import Settings
from sinks.engine import Engine, Stop
from sinks.store import Store

ROOT = Path(__file__).parents[2]
PACKAGES = ("audience", "dashboards", "ingest", "penonton", "sinks", "streams")
HOUR = 3  # the place of `starts` in Day(date, zone, starts) and Day.of(second, zone, starts)


def days_made() -> Iterator[tuple[str, ast.Call]]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Day", "Day.of"):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_whoever_makes_a_day_says_at_which_hour_it_begins() -> None:
    made = list(days_made())
    assert len(made) > 5
    silent = [
        place
        for place, call in made
        if len(call.args) < HOUR and "starts" not in {each.arg for each in call.keywords}
    ]
    assert silent == [], "give it rules.day_starts, of settings.rules"


@pytest.fixture
def store(engine: Engine) -> Iterator[Store]:
    emptied(engine)
    yield Store(engine)
    emptied(engine)


def emptied(engine: Engine) -> None:
    for table in ("levels", "days", "progress"):
        engine.execute(f"TRUNCATE TABLE {table}")


def counted(engine: Engine) -> None:
    engine.execute("INSERT INTO levels (second, channel, viewers) VALUES (1790000000, '*', 1)")


def computed(engine: Engine, watch_seconds: int) -> None:
    engine.execute(
        "INSERT INTO days (zone, day, channel, watch_seconds, status)"
        f" VALUES ('UTC', '2026-11-25', '*', {watch_seconds}, 'final')"
    )


def test_before_anything_is_counted_any_hour_may_be_set(store: Store, engine: Engine) -> None:
    computed(engine, 0)
    for hour in (6, 0, 23):
        keep_day_starts(store, Settings(day_starts=hour))


def test_afterwards_another_hour_is_refused_with_what_to_do(store: Store, engine: Engine) -> None:
    keep_day_starts(store, Settings(day_starts=6))
    counted(engine)
    keep_day_starts(store, Settings(day_starts=6))
    with pytest.raises(Stop, match=r"PENONTON_DAY_STARTS is 0.*start at 6.*docs/settings"):
        keep_day_starts(store, Settings())


def test_days_that_a_backfill_computed_hold_the_hour_too(store: Store, engine: Engine) -> None:
    computed(engine, 1)
    with pytest.raises(Stop):
        keep_day_starts(store, Settings(day_starts=6))


def test_what_was_counted_before_there_was_a_choice_begins_at_midnight(
    store: Store, engine: Engine
) -> None:
    counted(engine)
    keep_day_starts(store, Settings())
    with pytest.raises(Stop, match="start at 0"):
        keep_day_starts(store, Settings(day_starts=5))
