"""Weeks of a made-up broadcaster: programmes, what happens, and the audience that follows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bench.alerts.players import STEP, Floats

WEEK = 7 * 86_400
DAY = 86_400
START = 1_788_627_600  # s since the epoch: a Sunday at 17:00 UTC, Monday 00:00 in Jakarta
PEAKS = {"small": 50.0, "middle": 1_700.0, "large": 20_000.0}
PLATFORMS = {"android": 0.45, "web": 0.3, "ios": 0.17, "tv": 0.08}
STAY = 1_500  # s that a visit lasts on average
# What a programme can last, s: those of half hours begin on the hour and the half hour.
HALF_HOURS = (1_800, 3_600, 3_600, 5_400, 7_200)
ANY_LENGTHS = (1_500, 2_700, 3_300, 5_700, 6_900)
# What an installation need not export.
OPTIONAL = ("penonton_rejects_total", "penonton_session_ends_total")

Kind = Literal["spike", "drop", "ingest", "reconnect", "special", "scrapes"]
Day = Literal["ordinary", "changed"]


@dataclass(frozen=True, slots=True)
class Event:
    """Times in s since the world's start; `start` to `end` is how long it can be seen.

    `channels`, `platforms`: whom it concerns. `factor`: what it makes of the audience, or the share
    of players that are cut off or reconnect. `ramp`: how long it takes to become that. `called`:
    when it ought to be noticed: a spike when it is 25 % above what it was without it.
    """

    kind: Kind
    start: int
    end: int
    channels: tuple[str, ...]
    platforms: tuple[str, ...] = tuple(PLATFORMS)
    factor: float = 1.0
    ramp: int = 0
    called: int = 0
    viewers: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """`audience`: by channel, expected viewers at each step. `changed`: (channel, day) pairs.

    `lengths` of programmes in s; `left_out`: metrics that are not exported.
    """

    seed: int
    weeks: int
    scored_from: int
    audience: dict[str, Floats]
    events: list[Event]
    changed: set[tuple[str, int]]
    interval: dict[str, int]
    goodbye: float
    identified: float
    anything: bool
    marks: Literal["stale", "gap"]
    lengths: tuple[int, ...] = HALF_HOURS
    left_out: frozenset[str] = frozenset()
    peaks: dict[str, float] = field(default_factory=lambda: dict(PEAKS))

    @property
    def steps(self) -> int:
        """Of `STEP` s."""
        return self.weeks * WEEK // STEP

    def day(self, channel: str, at: float) -> Day:
        """Whether the schedule is the usual one."""
        return "changed" if (channel, int(at // DAY)) in self.changed else "ordinary"


def made(seed: int, weeks: int = 6, scored: int = 3) -> World:
    """A world; the last `scored` weeks are scored, what is before them is history."""
    draw = np.random.default_rng(seed)
    steps = weeks * WEEK // STEP
    world = World(
        seed=seed,
        weeks=weeks,
        scored_from=(weeks - scored) * WEEK,
        audience={},
        events=[],
        changed=set(),
        interval=_intervals(draw),
        goodbye=draw.uniform(0.75, 0.95),
        identified=draw.choice([0.0, 0.5, 1.0]),
        anything=draw.random() < 0.7,
        marks=draw.choice(["stale", "gap"]),
        lengths=tuple(draw.choice([HALF_HOURS, HALF_HOURS, ANY_LENGTHS])),
        left_out=frozenset(name for name in OPTIONAL if draw.random() < 0.2),
    )
    for channel, peak in PEAKS.items():
        world.audience[channel] = peak * _usual(draw, world, channel)
    busy: list[tuple[int, int]] = []
    for event in _events(draw, world, busy):
        world.events.append(_felt(world, event))
    world.events.sort(key=lambda event: event.start)
    assert all(len(each) == steps for each in world.audience.values())
    return world


def _intervals(draw: np.random.Generator) -> dict[str, int]:
    if draw.random() < 0.7:
        return dict.fromkeys(PLATFORMS, int(draw.choice([10, 30, 30])))
    return {platform: int(draw.choice([10, 30, 30, 40])) for platform in PLATFORMS}


def _usual(draw: np.random.Generator, world: World, channel: str) -> Floats:
    """What a channel has without events, as a share of its peak."""
    t = np.arange(world.steps) * STEP
    hour = t % DAY / 3600
    # Nights at a tenth, a rise at breakfast and noon, most in the evening.
    daily = (
        0.08
        + 0.25 * _bump(hour, 7.0, 1.8)
        + 0.35 * _bump(hour, 12.5, 2.5)
        + 0.8 * _bump(hour, 20.0, 2.6)
    )
    # Days differ: by the weekday, and as days do; each is itself at noon, lines between.
    days = np.tile(draw.uniform(0.85, 1.15, 7), world.weeks)
    days *= np.exp(draw.normal(0, draw.uniform(0.03, 0.08), len(days)))
    level = daily * np.interp(t / DAY - 0.5, np.arange(len(days)), days)
    level *= (1 + draw.uniform(-0.01, 0.04)) ** (t / WEEK)
    level *= np.exp(0.035 * _drifting(draw, world.steps, 3_600))
    level *= _programmes(draw, world, channel)
    shown: Floats = level / np.quantile(level, 0.999)
    return shown


def _bump(x: Floats, middle: float, width: float) -> Floats:
    away = np.minimum(np.abs(x - middle), 24 - np.abs(x - middle))
    bump: Floats = np.exp(-((away / width) ** 2) / 2)
    return bump


def _drifting(draw: np.random.Generator, steps: int, memory: int) -> Floats:
    """Noise of variance 1 that forgets in `memory` s: normal at every minute, lines between."""
    minutes = steps * STEP // 60 + 2
    keep = np.exp(-60 / memory)
    noise = draw.normal(0, np.sqrt(1 - keep**2), minutes)
    for n in range(1, minutes):
        noise[n] += keep * noise[n - 1]
    drifting: Floats = np.interp(np.arange(steps) * STEP / 60, np.arange(minutes), noise)
    return drifting


def _programmes(draw: np.random.Generator, world: World, channel: str) -> Floats:
    """How much the programme on air is liked; its audience comes within some minutes."""
    grid = [_day_of_programmes(draw, world) for _ in range(7)]
    for weekday in range(1, 5):  # the same strip on weekdays, mostly
        grid[weekday] = grid[0] if draw.random() < 0.7 else grid[weekday]
    marks: list[tuple[float, float]] = [(0.0, 1.0)]
    level = 1.0
    for day in range(world.weeks * 7):
        programmes = list(grid[day % 7])
        if draw.random() < 1 / 10:
            world.changed.add((channel, day))
            programmes = _changed(draw, grid, day % 7)
        for begins, liked in programmes:
            # Episodes differ; broadcasts begin a little early or late.
            at = day * DAY + begins + draw.normal(0, 40)
            ramp = draw.uniform(150, 600)
            at = max(at, marks[-1][0] + 1)
            marks.append((at, level))
            level = liked * np.exp(draw.normal(0, 0.06))
            marks.append((at + ramp, level))
    times, levels = zip(*marks, strict=True)
    shown: Floats = np.interp(np.arange(world.steps) * STEP, times, levels)
    return shown


Programme = tuple[int, float]
"""When it begins (s of the day), and how much it is liked."""


def _day_of_programmes(draw: np.random.Generator, world: World) -> list[Programme]:
    begins, found = 0, []
    while begins < DAY:
        strong = 17 * 3600 <= begins <= 21 * 3600 and draw.random() < 0.25
        found.append((begins, draw.uniform(1.5, 2.0) if strong else np.exp(draw.normal(0, 0.14))))
        begins += int(draw.choice(world.lengths))
    return found


def _changed(
    draw: np.random.Generator, grid: list[list[Programme]], weekday: int
) -> list[Programme]:
    """Another day's programmes, as on a holiday, or one evening programme moved."""
    if draw.random() < 0.4:
        return grid[(weekday + int(draw.integers(2, 6))) % 7]
    moved = list(grid[weekday])
    evening = [n for n, (begins, _) in enumerate(moved) if 16 * 3600 <= begins <= 21 * 3600]
    n = int(draw.choice(evening))
    by = int(draw.choice([-3600, -1800, 1800, 3600, 5400]))
    moved[n] = (moved[n][0] + by, moved[n][1])
    return sorted(moved)


def _events(
    draw: np.random.Generator, world: World, busy: list[tuple[int, int]]
) -> Iterator[Event]:
    """What happens; never two things within an hour, and history is not free of it."""
    n = world.weeks
    for kind, count in (
        ("special", n),
        ("spike", 8 * n),
        ("drop", 4 * n),
        ("ingest", 3 * n),
        ("reconnect", n // 2 + 1),
        ("scrapes", 2 * n),
    ):
        for _ in range(count):
            event = _event(draw, world, kind)
            free = all(event.end + 3_600 < a or b + 3_600 < event.start for a, b in busy)
            if free and event.end + 3_600 < n * WEEK:
                busy.append((event.start, event.end))
                yield event
            if free and kind == "special" and draw.random() < 0.5:
                yield _inside(draw, event)


def _event(draw: np.random.Generator, world: World, kind: str) -> Event:
    channel = str(draw.choice(list(PEAKS)))
    at = int(draw.integers(0, world.weeks * 7)) * DAY
    awake = at + int(draw.uniform(6, 23.5) * 3_600)
    length = int(draw.uniform(10, 60) * 60)
    match kind:
        case "special":
            start = at + int(draw.uniform(9, 20) * 3_600)
            length = int(draw.uniform(60, 150) * 60)
            ramp = int(draw.uniform(300, 900))
            return Event(
                "special", start, start + length + ramp, (channel,), factor=draw.uniform(1.5, 3),
                ramp=ramp,
            )  # fmt: skip
        case "spike":
            night = draw.random() < 0.2
            start = at + int(draw.uniform(0, 5) * 3_600) if night else awake
            factor = draw.uniform(2, 5) if night else draw.choice([1.5, 1.5, draw.uniform(1.5, 3)])
            ramp = int(draw.choice([60, 60, 120, 180, 300, 600]))
            end = start + ramp + length + 20 * 60
            note = "night" if night else f"ramp {ramp // 60} min"
            return Event(
                "spike", start, end, (channel,), factor=factor, ramp=ramp,
                called=start + int(ramp * 0.25 / (factor - 1)), note=note,
            )  # fmt: skip
        case "drop":
            factor = draw.choice([0.7, draw.uniform(0.1, 0.7)])
            ramp = int(draw.choice([5, 30, 60, 180]))
            called = awake + int(ramp * 0.25 / (1 - factor))
            return Event(
                "drop", awake, awake + ramp + length, (channel,), factor=factor, ramp=ramp,
                called=called, note=f"to {factor:.0%}",
            )  # fmt: skip
        case "ingest":
            return _outage(draw, channel, awake)
        case "reconnect":
            channels = tuple(PEAKS) if draw.random() < 0.5 else (channel,)
            spread = int(draw.choice([5, 20, 60]))
            return Event(
                "reconnect", awake, awake + 300, channels, factor=draw.uniform(0.6, 1), ramp=spread,
                note=f"within {spread} s",
            )  # fmt: skip
    missed = int(draw.choice([15, 15, 30, 45]))
    return Event("scrapes", awake, awake + missed, tuple(PEAKS))


def _outage(draw: np.random.Generator, channel: str, start: int) -> Event:
    scope = str(draw.choice(["all", "channel", "platform"]))
    return Event(
        "ingest",
        start,
        start + int(draw.choice([120, 300, 900, 2_400])),
        (channel,) if scope == "channel" else tuple(PEAKS),
        (str(draw.choice(list(PLATFORMS))),) if scope == "platform" else tuple(PLATFORMS),
        factor=1.0 if draw.random() < 0.75 else draw.uniform(0.6, 0.95),
        note=scope,
    )


def _inside(draw: np.random.Generator, special: Event) -> Event:
    """Something that happens in the middle of a special."""
    middle = special.start + special.ramp + int(draw.uniform(0.35, 0.6) * 3_600)
    ramp = int(draw.choice([30, 60, 120]))
    if draw.random() < 0.5:
        factor = draw.uniform(1.5, 2)
        called = middle + int(ramp * 0.25 / (factor - 1))
        end = middle + ramp + 900
        return Event("spike", middle, end, special.channels, factor=factor, ramp=ramp,
                     called=called, note="in a special")  # fmt: skip
    factor = draw.uniform(0.3, 0.65)
    called = middle + int(ramp * 0.25 / (1 - factor))
    return Event("drop", middle, middle + ramp + 900, special.channels, factor=factor, ramp=ramp,
                 called=called, note="in a special")  # fmt: skip


def _felt(world: World, event: Event) -> Event:
    """Lets the audience follow; the event with the viewers it concerns."""
    at = event.start // STEP
    viewers = sum(
        world.audience[channel][at] * sum(PLATFORMS[p] for p in event.platforms)
        for channel in event.channels
    )
    if event.kind in ("spike", "drop", "special"):
        t = np.arange(world.steps) * STEP
        back = {"spike": 20 * 60, "drop": 5 * 60, "special": event.ramp}[event.kind]
        top = event.end - back if event.kind == "spike" else event.end
        times = [event.start, event.start + max(event.ramp, STEP), top, top + back]
        shape = np.interp(t, times, [0.0, 1.0, 1.0, 0.0])
        for channel in event.channels:
            world.audience[channel] *= 1 + (event.factor - 1) * shape
        viewers *= max(event.factor, 1.0)
    return Event(**{name: getattr(event, name) for name in Event.__slots__} | {"viewers": viewers})
