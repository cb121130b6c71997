"""What was called, when, and what was called that was not there."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from bench.alerts.evaluating import Firing
from bench.alerts.exported import EARLY, LATE
from bench.alerts.world import DAY, Event, World

LARGE = 50  # viewers that come or go, from which on an event counts
HEARD = 27  # viewers whose silence must be noticed
LEAD = 30  # s that an alert may be before what it calls: the ramp is noticed as it begins
AFTER = 900  # s after an event in which an alert is still about it
SHORT = 180  # s of a ramp that is called short


@dataclass(slots=True)
class Score:
    """Counts of one world or, added up, of several; `delays` in s."""

    spikes: list[tuple[Event, float | None]] = field(default_factory=list)
    drops: list[tuple[Event, float | None]] = field(default_factory=list)
    outages: list[tuple[Event, float | None]] = field(default_factory=list)
    outages_called_audience: int = 0
    audience_called_ingest: int = 0
    ingest_for_nothing: int = 0
    false: Counter[str] = field(default_factory=Counter)
    weeks: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)

    def __iadd__(self, other: Self) -> Self:
        """Both together."""
        for name in ("spikes", "drops", "outages", "remarks"):
            getattr(self, name).extend(getattr(other, name))
        for name in ("outages_called_audience", "audience_called_ingest", "ingest_for_nothing"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.false.update(other.false)
        self.weeks.update(other.weeks)
        return self


def score(world: World, fired: Sequence[Firing]) -> Score:
    """Of the scored weeks."""
    audience = [each for each in fired if each.labels["kind"] in ("spike", "drop")]
    ingest = [each for each in fired if each.labels["kind"] == "ingest"]
    events = [each for each in world.events if each.start >= world.scored_from]
    found = Score(weeks=_weeks(world))
    for event in events:
        if event.kind in ("spike", "drop"):
            delay = _called(event, [a for a in audience if _concerns(a, event)], event.called)
            if size(event) >= LARGE:
                (found.spikes if event.kind == "spike" else found.drops).append((event, delay))
        if event.kind == "ingest" and event.viewers * event.factor >= HEARD:
            delay = _called(event, [a for a in ingest if _is_of(a, event)], event.start)
            found.outages.append((event, delay))
    for alert in audience:
        _judge(found, world, alert)
    for alert in ingest:
        _judge_ingest(found, world, alert)
    return found


def size(event: Event) -> float:
    """How many viewers come or go."""
    if event.kind == "spike":
        return event.viewers * (1 - 1 / event.factor)
    return event.viewers * (1 - event.factor)


def _weeks(world: World) -> Counter[str]:
    channels = [*world.audience, *(["*"] if world.anything else [])]
    days = range(world.scored_from // DAY, world.weeks * 7)
    weeks: Counter[str] = Counter()
    for channel in channels:
        for day in days:
            weeks[_day(world, channel, day * DAY)] += 1  # days, made weeks below
    return Counter({kind: count / 7 for kind, count in weeks.items()})


def _day(world: World, channel: str, at: float) -> str:
    if channel == "*":
        changed = any(world.day(each, at) == "changed" for each in world.audience)
        return "changed" if changed else "ordinary"
    return world.day(channel, at)


def _called(event: Event, alerts: Iterable[Firing], due: int) -> float | None:
    starts = [a.start for a in alerts if event.start - LEAD <= a.start <= event.end]
    return max(0.0, min(starts) - due) if starts else None


def _concerns(alert: Firing, event: Event) -> bool:
    return alert.labels["kind"] == event.kind and alert.labels.get("channel") in event.channels


def _is_of(alert: Firing, event: Event) -> bool:
    return (
        alert.labels.get("channel", event.channels[0]) in event.channels
        and alert.labels.get("platform", event.platforms[0]) in event.platforms
    )


def _near(
    world: World, alert: Firing, kinds: tuple[str, ...], before: int, after: int
) -> Iterator[Event]:
    channel = alert.labels.get("channel", "*")
    for event in world.events:
        near = event.start - before <= alert.start <= event.end + after
        if near and event.kind in kinds and channel in (*event.channels, "*"):
            yield event


def _judge(found: Score, world: World, alert: Firing) -> None:
    kind, channel = alert.labels["kind"], alert.labels["channel"]
    if any(_near(world, alert, (kind,), LEAD, AFTER)):
        return
    if any(_near(world, alert, ("ingest",), 0, AFTER)):
        found.outages_called_audience += 1
        where = "outage"
    elif any(_near(world, alert, ("reconnect",), 0, 300)):
        where = "reconnect"
    elif any(_near(world, alert, ("special",), EARLY, LATE)):
        where = "special"
    else:
        where = _day(world, channel, alert.start)
    found.false[where] += 1
    near = [e.kind for e in _near(world, alert, ("spike", "drop", "special"), 3600, 3600)]
    found.remarks.append(f"false {kind} {channel} {where} {_when(alert.start)} near {near}")


def _judge_ingest(found: Score, world: World, alert: Firing) -> None:
    outages = [e for e in _near(world, alert, ("ingest",), 0, AFTER) if _is_of(alert, e)]
    if outages:
        return
    about = list(_near(world, alert, ("spike", "drop", "special", "reconnect"), 0, AFTER))
    if about:
        found.audience_called_ingest += 1
    else:
        found.ingest_for_nothing += 1
    near = [f"{e.kind} {e.note}" for e in about]
    found.remarks.append(f"false ingest {dict(alert.labels)} {_when(alert.start)} near {near}")


def _when(at: float) -> str:
    return f"day {int(at // DAY)} {int(at % DAY) // 3600:02}:{int(at % 3600) // 60:02}"


def lines(found: Score) -> Iterator[tuple[str, str]]:
    """What a table has of it: what, and the figure."""
    for name, events in (("spikes", found.spikes), ("drops", found.drops)):
        delays = [delay for _, delay in events if delay is not None]
        yield f"{name} found", f"{len(delays)} of {len(events)}"
        if delays:
            yield (
                f"{name}: delay p50, p95",
                f"{_quantile(delays, 0.5)}, {_quantile(delays, 0.95)} s",
            )
    short = [delay for event, delay in found.spikes if event.ramp <= SHORT]
    prompt = [delay for delay in short if delay is not None and delay <= 60]
    yield "ramps to 3 min called within 60 s", f"{len(prompt)} of {len(short)}"
    called = [delay for _, delay in found.outages if delay is not None]
    soon = [delay for delay in called if delay <= 30]
    yield "outages called ingest", f"{len(called)} of {len(found.outages)}"
    yield "outages called within 30 s", f"{len(soon)} of {len(found.outages)}"
    yield "outages called audience", str(found.outages_called_audience)
    yield "audience called ingest", str(found.audience_called_ingest)
    yield "ingest called for nothing", str(found.ingest_for_nothing)
    for kind in ("ordinary", "changed"):
        rate = found.false[kind] / found.weeks[kind] if found.weeks[kind] else 0
        yield f"false alarms a channel-week, {kind}", f"{rate:.1f} ({found.false[kind]})"
    yield "false alarms in specials", str(found.false["special"])
    yield "false alarms when all reconnect", str(found.false["reconnect"])


def missed(found: Score) -> Iterator[str]:
    """What was not called, or late: a line each."""
    for name, events in (("spike", found.spikes), ("drop", found.drops), ("outage", found.outages)):
        for event, delay in events:
            limit = 30 if name == "outage" else 60
            if delay is None or delay > limit:
                late = "missed" if delay is None else f"{delay:.0f} s"
                yield (
                    f"{name} {event.channels[0] if len(event.channels) == 1 else 'all'} "
                    f"{_when(event.start)} x{event.factor:.2f} ramp {event.ramp} s {event.note} "
                    f"{event.viewers:.0f} viewers: {late}"
                )


def _quantile(values: Sequence[float], q: float) -> int:
    return int(np.quantile(values, q))
