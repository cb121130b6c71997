"""Rules over the past: each expression is evaluated by Prometheus at every step of its group.

A day at a time, rules in the order in which they need each other, what they record written back.
`for` and `keep_firing_for` are applied here, as Prometheus does (`rules/alerting.go`).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from bench.alerts.exported import EVERY, Labels, scraped, times
from bench.alerts.players import Floats
from bench.alerts.prometheus import STALE, Answer, Prometheus, Times, of
from bench.alerts.world import DAY, START, World

_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": DAY, "w": 7 * DAY}
_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
# A range of more than a day, or an offset of about one or more.
_LONG: Final = re.compile(
    r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{[^}]*\})?\s*"
    r"(?:\[(?:[2-9]d|\d+w|2\dh)[^\]]*\]|(?:\[[^\]]*\])?\s*offset (?:\d+[dw]|\d{3,}h|2\dh))"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """`interval`, `wait` (for) and `keep` in s; `name` of what it records or of the alert."""

    name: str
    expr: str
    interval: int
    labels: Mapping[str, str]
    alert: bool
    wait: int = 0
    keep: int = 0

    def needs(self, names: set[str]) -> set[str]:
        """Which of the recorded names it looks at."""
        return set(_NAME.findall(self.expr)) & names - {self.name}


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert, from when to when it fired (s since the world's start)."""

    alert: str
    labels: Mapping[str, str]
    start: int
    end: int


@dataclass(slots=True)
class _Active:
    """Of an alert's series: since when it is pending or fires, and when its condition last held."""

    since: int
    held: int
    fired: int | None = None


@dataclass(slots=True)
class _Past:
    alive: dict[str, dict[Labels, int]] = field(default_factory=lambda: defaultdict(dict))
    active: dict[str, dict[Labels, _Active]] = field(default_factory=lambda: defaultdict(dict))
    fired: list[Firing] = field(default_factory=list)


def seconds(duration: str) -> int:
    """Of a duration as Prometheus writes it."""
    return sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+)([smhdw])", duration))


def rules(files: Iterable[Path], kinds: Sequence[str]) -> list[Rule]:
    """The alerts of these kinds and the recording rules, each after all that it needs."""
    found = list(_read(files))
    wanted = [rule for rule in found if not rule.alert or rule.labels.get("kind") in kinds]
    names = {rule.name for rule in wanted if not rule.alert}
    done: list[Rule] = []
    while wanted:
        known = {rule.name for rule in done}
        late = {rule.name for rule in wanted if not rule.alert}
        ready = [rule for rule in wanted if not rule.needs(names) & late - known]
        done += ready or wanted[:1]
        wanted = [rule for rule in wanted if rule not in done]
    return _used(done)


def _used(found: list[Rule]) -> list[Rule]:
    """Without recordings that no alert comes to look at."""
    used: set[str] = set()
    names = {rule.name for rule in found if not rule.alert}
    for rule in reversed(found):
        if rule.alert or rule.name in used:
            used |= rule.needs(names)
    return [rule for rule in found if rule.alert or rule.name in used]


def _read(files: Iterable[Path]) -> Iterator[Rule]:
    for file in files:
        for group in yaml.safe_load(file.read_text())["groups"]:
            for rule in group["rules"]:
                yield _rule(rule, seconds(group.get("interval", "15s")))


def _rule(rule: Mapping[str, Any], interval: int) -> Rule:
    return Rule(
        rule.get("alert") or rule["record"],
        str(rule["expr"]),
        interval,
        rule.get("labels", {}),
        "alert" in rule,
        seconds(rule.get("for", "0s")),
        seconds(rule.get("keep_firing_for", "0s")),
    )


def history(found: Sequence[Rule]) -> list[Rule]:
    """Those of the rules that are looked back at for more than a day, and what they need."""
    by_name = {rule.name: rule for rule in found if not rule.alert}
    ahead = {name for rule in found for name in _LONG.findall(rule.expr)} & by_name.keys()
    needed: set[str] = set()
    while ahead:
        needed |= ahead
        ahead = set().union(*(by_name[n].needs(set(by_name)) for n in ahead)) - needed
    return [rule for rule in found if not rule.alert and rule.name in needed]


def fill(prometheus: Prometheus, world: World) -> None:
    """Writes all that was scraped."""
    at = times(world)
    for series in scraped(world):
        prometheus.write([of(series, at, world.marks)])


def evaluate(
    prometheus: Prometheus, world: World, found: Sequence[Rule], last: int | None = None
) -> list[Firing]:
    """What fires in the scored weeks; two days before them all rules begin to be evaluated.

    `last`: the day to stop before.
    """
    past, early = _Past(), history(found)
    for day in range(last or world.weeks * 7):
        start = START + day * DAY
        for rule in found if (day + 2) * DAY >= world.scored_from else early:
            first = -(-(start + EVERY) // rule.interval) * rule.interval
            answer = prometheus.query(rule.expr, first, start + DAY, rule.interval)
            if rule.alert:
                _fire(past, rule, answer, range(first, start + DAY + 1, rule.interval))
            else:
                _record(prometheus, past, rule, answer, start + DAY)
    for rule in found:
        for labels, active in past.active[rule.name].items():
            _note(past, rule, labels, active, active.held)
    return [firing for firing in past.fired if firing.end >= world.scored_from]


def _record(prometheus: Prometheus, past: _Past, rule: Rule, answer: Answer, end: int) -> None:
    alive = past.alive[rule.name]
    step = rule.interval * 1000
    written = []
    answer = _merged(rule, answer)
    for labels, (at, values) in answer.items():
        before = alive.pop(labels, None)
        known = np.concatenate(([before], at)) if before is not None else at
        gaps = known[:-1][np.diff(known) > step] + step
        if before is not None and len(at) and at[0] - before > step:
            gaps = gaps[gaps > before]
        times, shown = _with_marks(at, values, gaps[gaps < at[-1]])
        written.append((labels, times, shown))
        past.alive[rule.name][labels] = int(at[-1])
    # What ended before this day, or in it.
    for labels, before in list(alive.items()):
        if before + step <= end * 1000 and labels not in answer:
            marks = np.array([before + step])
            written.append((labels, marks, np.array([STALE])))
            del alive[labels]
    if written:
        prometheus.write(written)


def _merged(rule: Rule, answer: Answer) -> Answer:
    """By the labels they are recorded with: `a or b` gives a row of each name."""
    rows: defaultdict[Labels, list[tuple[Times, Floats]]] = defaultdict(list)
    for labels, row in answer.items():
        rows[_named(rule, labels)].append(row)
    merged: Answer = {}
    for labels, parts in rows.items():
        at, values = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        order = np.argsort(at)
        merged[labels] = (at[order], values[order])
    return merged


def _with_marks(at: Times, values: Floats, gaps: Times) -> tuple[Times, Floats]:
    times = np.concatenate((at, gaps))
    order = np.argsort(times, kind="stable")
    return times[order], np.concatenate((values, np.full(len(gaps), STALE)))[order]


def _named(rule: Rule, labels: Labels) -> Labels:
    return tuple(sorted({**dict(labels), **rule.labels, "__name__": rule.name}.items()))


def _fire(past: _Past, rule: Rule, answer: Answer, steps: range) -> None:
    holds = {labels: set((at // 1000).tolist()) for labels, (at, _) in answer.items()}
    active = past.active[rule.name]
    for now in steps if holds or active else ():
        for labels, held in holds.items():
            if now in held:
                one = active.setdefault(labels, _Active(now, now))
                one.held = now
                if one.fired is None and now - one.since >= rule.wait:
                    one.fired = now
        for labels, one in list(active.items()):
            if one.held < now and (one.fired is None or now - one.held > rule.keep):
                _note(past, rule, labels, one, now)
                del active[labels]


def _note(past: _Past, rule: Rule, labels: Labels, one: _Active, end: int) -> None:
    if one.fired is not None:
        shown = {k: v for k, v in labels if k != "__name__"} | dict(rule.labels)
        past.fired.append(Firing(rule.name, shown, one.fired - START, end - START))
