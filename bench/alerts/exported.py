"""What Prometheus would have scraped of a world every 15 s."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.alerts.players import SCRAPE, STEP, Floats, play
from bench.alerts.world import DAY, PLATFORMS, START, STAY, World

EVERY = SCRAPE * STEP  # s
EARLY, LATE = 600, 1_200  # s before and after a special that the calendar holds

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """`values` at every scrape; NaN: nothing was there."""

    labels: Labels
    values: Floats


def labels(name: str, **others: str) -> Labels:
    """Sorted, the metric's name among them."""
    return tuple(sorted({"__name__": name, **others}.items()))


def times(world: World) -> NDArray[np.int64]:
    """When it was scraped: ms since the epoch."""
    return (START + (np.arange(world.steps // SCRAPE) + 1) * EVERY) * 1000


def scraped(world: World) -> Iterator[Series]:
    """Every series; a missed scrape is a hole in all of them."""
    missed = _missed(world)
    for series in _series(world):
        if dict(series.labels)["__name__"] in world.left_out:
            continue
        series.values[missed] = np.nan
        yield series


def _series(world: World) -> Iterator[Series]:
    anything = np.zeros(world.steps // SCRAPE)
    refused = np.random.default_rng(world.seed)
    for n, channel in enumerate(world.audience):
        viewers, ends = np.zeros(len(anything)), np.zeros((len(anything), 2))
        for m, (platform, share) in enumerate(PLATFORMS.items()):
            seen = _played(world, channel, platform, share, world.seed * 100 + n * 10 + m)
            viewers += seen[:, 0]
            ends += seen[:, 2:]
            who = {"channel": channel, "platform": platform, "protocol": "json"}
            yield Series(labels("penonton_reports_total", **who), seen[:, 1])
        anything += viewers
        yield Series(labels("penonton_concurrent_viewers", channel=channel), viewers)
        for k, reason in enumerate(("reported", "timeout")):
            name = labels("penonton_session_ends_total", channel=channel, reason=reason)
            yield Series(name, ends[:, k].copy())
        yield Series(
            labels("penonton_scheduled_event", channel=channel), _scheduled(world, channel)
        )
    for platform in PLATFORMS:
        counted = np.cumsum(refused.poisson(0.05, len(anything))).astype(float)
        who = {"platform": platform, "protocol": "json", "reason": "malformed"}
        yield Series(labels("penonton_rejects_total", **who), counted)
    if world.anything:
        # One in fifty watches two channels.
        both = np.floor(anything * 0.98)
        yield Series(labels("penonton_concurrent_viewers", channel="*"), both)


def _played(world: World, channel: str, platform: str, share: float, seed: int) -> Floats:
    expected = world.audience[channel] * share
    following = np.append(expected[1:], expected[-1])
    usually = STEP / STAY
    arrivals = np.maximum(following - expected * (1 - usually), 0.3 * usually * expected)
    # From an empty house at the start.
    arrivals[0] = expected[0]
    leaving = np.clip(1 - (following - arrivals) / np.maximum(expected, 1e-9), 0, 1)
    leaving[0] = 0.0
    shown: Floats = play(
        seed,
        world.interval[platform],
        arrivals,
        leaving,
        _share(world, "ingest", channel, platform),
        _share(world, "reconnect", channel, platform),
        np.full(len(expected), world.goodbye),
        world.identified,
    )
    return shown


def _share(world: World, kind: str, channel: str, platform: str) -> Floats:
    share = np.zeros(world.steps)
    for event in world.events:
        if event.kind == kind and channel in event.channels and platform in event.platforms:
            end = event.end if kind == "ingest" else event.start + event.ramp
            steps = slice(event.start // STEP, max(end // STEP, event.start // STEP + 1))
            n = steps.stop - steps.start
            # Reconnecting in n steps, each the same share of all.
            share[steps] = event.factor if kind == "ingest" else event.factor / n
    return share


def _scheduled(world: World, channel: str) -> Floats:
    on = np.zeros(world.steps // SCRAPE)
    for event in world.events:
        if event.kind == "special" and channel in event.channels:
            on[(event.start - EARLY) // EVERY : (event.end + LATE) // EVERY] = 1
    return on


def _missed(world: World) -> NDArray[np.bool_]:
    missed = np.zeros(world.steps // SCRAPE, np.bool_)
    for event in world.events:
        if event.kind == "scrapes":
            missed[event.start // EVERY : event.end // EVERY] = True
    return missed


def day_of(ms: int) -> int:
    """The day of the world that an instant lies in."""
    return (ms // 1000 - START) // DAY
