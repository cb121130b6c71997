"""The bench of the alerts: what its metrics show, and that it judges as Prometheus would."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.alerts.evaluating import Firing, Rule, evaluate, history, rules
from bench.alerts.exported import EVERY, labels, scraped
from bench.alerts.players import STEP, Floats, play
from bench.alerts.prometheus import STALE, Prometheus
from bench.alerts.scoring import Score, lines, score
from bench.alerts.world import OPTIONAL, PLATFORMS, START, WEEK, Event, World

VIEWERS = 3_000
STEPS = 360  # half an hour
BEGIN = 180  # the step at which something happens


def shown(
    *, leaving: float = 0.0, cut: float = 0.0, reconnecting: float = 0.0, until: int = STEPS
) -> Floats:
    """A channel that is full at once, then nobody comes; something happens from BEGIN on."""
    arrivals, off, gone, again = (np.zeros(STEPS) for _ in range(4))
    arrivals[0] = VIEWERS
    off[BEGIN:until], gone[BEGIN], again[BEGIN] = cut, leaving, reconnecting
    return play(1, 30, arrivals, gone, off, again, np.full(STEPS, 0.9), 0.0)


def scrape(after: int) -> int:
    """Which scrape is the last one at most `after` s after BEGIN."""
    return (BEGIN * STEP + after) // EVERY - 1


def test_players_report_every_interval() -> None:
    reports = shown()[:, 1]
    n = shown()[0, 0]
    assert reports[scrape(60)] - reports[scrape(0)] == pytest.approx(2 * n, rel=0.02)


def test_when_reports_do_not_arrive_the_gauge_stands_for_the_bridge_and_falls_by_timeouts() -> None:
    seen = shown(cut=1.0)
    n = seen[scrape(0), 0]
    assert seen[scrape(120), 1] == seen[scrape(0), 1]
    assert seen[scrape(45), 0] == n
    assert seen[scrape(105), 0] == 0
    assert list(seen[scrape(105), 2:] - seen[scrape(0), 2:]) == [0, n]


def test_when_reports_arrive_again_all_are_back_within_an_interval() -> None:
    seen = shown(cut=1.0, until=BEGIN + 60)
    assert seen[scrape(300), 0] == 0
    assert seen[scrape(345), 0] == seen[scrape(0), 0]


def test_an_audience_that_leaves_says_so_at_once_and_the_rest_fall_silent() -> None:
    seen = shown(leaving=1.0)
    n = seen[scrape(0), 0]
    assert seen[scrape(15), 0] < 0.2 * n
    assert seen[scrape(15), 2] - seen[scrape(0), 2] > 0.8 * n
    assert seen[scrape(105), 0] == 0


def test_who_reconnects_without_naming_the_viewer_counts_twice_for_the_bridge() -> None:
    seen = shown(reconnecting=1.0)
    n = seen[scrape(0), 0]
    assert seen[scrape(15), 0] == 2 * n
    assert seen[scrape(105), 0] == n


def world(events: list[Event] | None = None) -> World:
    return World(
        seed=1,
        weeks=1,
        scored_from=0,
        audience={"tv": np.zeros(0)},
        events=events or [],
        changed=set(),
        interval={},
        goodbye=1.0,
        identified=0.0,
        anything=False,
        marks="stale",
    )


def test_what_an_installation_does_not_export_is_not_scraped() -> None:
    few = replace(
        world(),
        audience={"tv": np.full(WEEK // STEP, 5.0)},
        interval=dict.fromkeys(PLATFORMS, 30),
        left_out=frozenset(OPTIONAL),
    )
    assert {dict(series.labels)["__name__"] for series in scraped(few)} == {
        "penonton_concurrent_viewers",
        "penonton_reports_total",
        "penonton_scheduled_event",
    }


RULES = """
groups:
- name: a
  interval: 15s
  rules:
  - alert: High
    for: 30s
    keep_firing_for: 1m
    labels: {kind: spike}
    expr: doubled:now > 10
- name: b
  interval: 15s
  rules:
  - record: doubled:now
    expr: 2 * penonton_concurrent_viewers
"""


def test_rules_fire_as_in_prometheus(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES)
    found = rules([tmp_path / "rules.yml"], ("spike",))
    assert [rule.name for rule in found] == ["doubled:now", "High"]
    # High from 60 s on, gone for one scrape, stale for two, and low from 300 s on.
    values = np.array([1.0] * 3 + [9.0] * 4 + [1.0] + [9.0] * 4 + [STALE] + [9.0] * 4 + [1.0] * 20)
    at = (START + (np.arange(len(values)) + 1) * EVERY) * 1000
    values[13] = STALE
    with Prometheus(tmp_path) as prometheus:
        prometheus.write([(labels("penonton_concurrent_viewers", channel="tv"), at, values)])
        fired = evaluate(prometheus, world(), found, last=1)
        recorded = prometheus.query("doubled:now", START + 180, START + 225, EVERY)
    ((seen, _),) = recorded.values()
    assert list(seen // 1000 - START) == [180, 225]
    # It fires 30 s after 60 s, on through what is shorter than keep_firing_for, and a minute more.
    assert fired == [Firing("High", {"channel": "tv", "kind": "spike"}, 90, 330)]


def test_only_what_is_looked_back_at_for_long_is_evaluated_in_history() -> None:
    def rule(name: str, expr: str) -> Rule:
        return Rule(name, expr, 15, {}, alert=name == "alert")

    found = [
        rule("a:now", "up"),
        rule("a:max", "max_over_time(a:now[10m])"),
        rule("a:short", "max_over_time(a:now[3h] offset 5m)"),
        rule("alert", "a:now > a:max offset 6d23h55m and a:now > a:short"),
    ]
    assert [each.name for each in history(found)] == ["a:now", "a:max"]


def event(kind: str, start: int, **more: object) -> Event:
    given = {"factor": 2.0, "viewers": 1_000.0, "called": start, "platforms": ("tv",), **more}
    return Event(kind, start, start + 600, ("tv",), **given)  # type: ignore[arg-type]


def called(kind: str, start: int, channel: str = "tv") -> Firing:
    return Firing(kind, {"kind": kind, "channel": channel}, start, start + 60)


def test_the_scorer_knows_what_was_found_when_and_what_was_not_there() -> None:
    events = [event("spike", 10_000), event("ingest", 20_000), event("drop", 30_000, factor=0.5)]
    fired = [
        called("spike", 10_040),
        called("ingest", 20_030),
        called("drop", 20_100),
        called("spike", 40_000),
    ]
    found = score(world(events), fired)
    assert [delay for _, delay in found.spikes] == [40]
    assert [delay for _, delay in found.outages] == [30]
    assert [delay for _, delay in found.drops] == [None]
    assert found.outages_called_audience == 1
    assert found.false["ordinary"] == 1
    assert found.weeks["ordinary"] == 1


def test_scores_of_worlds_add_up() -> None:
    both = Score()
    for _ in range(2):
        both += score(world([event("spike", 10_000)]), [called("spike", 10_040)])
    assert dict(lines(both))["spikes found"] == "2 of 2"
    assert json.dumps(dict(lines(both)))
