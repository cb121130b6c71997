"""Hostile sets of reports: all that makes counting hard, on few viewers, close together in time.

Ties, exact and partial duplicates, several sessions a viewer (and one session id under two
viewers), channel changes, unnamed reports with moving, still and unknown playheads, gaps exactly at
interval, tail and bridge and one ms beside, odd intervals, instants at and one ms beside whole
seconds, midnights, days of 23 and 25 hours.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from msgspec.structs import replace

from audience.days import Day
from audience.reports import Clock, Report
from audience.rules import Rules, bridge, tail
from audience.states import STATES, State

# Ids that differ in one 64-bit half only, and in one bit.
VIEWERS = ("0" * 31 + "1", "0" * 15 + "1" + "0" * 16, "f" * 32, "0" * 30 + "11")
SESSIONS = ("0" * 32, "0" * 31 + "1", "8" + "0" * 31)

# Neither first seen nor locale order is the order of bytes, which breaks ties.
CHANNELS = ("tv-2", "tv.1", "radio_1")

# Two of a kind, each of its own, one without: what must not be added up.
KINDS: Sequence[Mapping[str, str]] = (
    {},
    {"tv-2": "tv", "tv.1": "tv"},
    {"tv-2": "tv", "tv.1": "tv", "radio_1": "radio"},
    {"radio_1": "tv.1", "tv-2": "radio_1"},  # named as channels are
    {"never-heard-of": "web", "tv.1": "web"},
)

INTERVALS = (30_000, 5_000, 5_001, 10_000, 29_999, 40_000)

# What a fold must not confuse: watching states, states that stop, and not saying.
SAID: Sequence[State | None] = (None,) * 8 + ("playing",) * 3 + ("paused",) * 3 + STATES

PLAYHEADS = (None, None, None, 0.0, 0.0, -0.0, 1.5, 1.5000000000000002)

FIELDS_OF_TIES: Mapping[str, st.SearchStrategy[Any]] = {
    "seq": st.integers(0, 2),
    "state": st.sampled_from(SAID),
    "channel": st.sampled_from(CHANNELS),
    "interval": st.sampled_from(INTERVALS),
    "playhead": st.sampled_from(PLAYHEADS),
}

DAYS = (
    Day(dt.date(2026, 3, 29), ZoneInfo("Europe/Berlin")),  # 23 hours
    Day(dt.date(2026, 10, 25), ZoneInfo("Europe/Berlin")),  # 25 hours
    Day(dt.date(2026, 3, 8), ZoneInfo("America/New_York")),  # 23 hours
    Day(dt.date(2026, 11, 1), ZoneInfo("America/New_York")),  # 25 hours
    Day(dt.date(2026, 11, 25), ZoneInfo("Asia/Jakarta")),
    Day(dt.date(2026, 11, 25), ZoneInfo("Asia/Kathmandu")),  # 5:45 ahead of UTC
    Day(dt.date(2026, 3, 29), ZoneInfo("Asia/Beirut")),  # midnight is skipped
    Day(dt.date(2026, 10, 24), ZoneInfo("Asia/Beirut")),  # at its end back to 23:00
    Day(dt.date(2026, 10, 24), ZoneInfo("Europe/Berlin"), 2),  # ends at the first of two 02:00
    Day(dt.date(2026, 3, 29), ZoneInfo("Europe/Berlin"), 2),  # begins at 03:00
    Day(dt.date(2026, 11, 25), ZoneInfo("Asia/Jakarta"), 6),
)

PAST = (  # before anything that storage keeps for some months only
    Day(dt.date(2018, 11, 4), ZoneInfo("America/Sao_Paulo")),  # midnight was skipped
    Day(dt.date(2011, 12, 29), ZoneInfo("Pacific/Apia")),  # the 31st followed it
    Day(dt.date(2011, 12, 29), ZoneInfo("Pacific/Apia"), 6),  # 18 hours, and 6 of the 30th
)

RULES = Rules()

EARLY = 2_000
"""How far, in ms, clock repair lets `t` lie after `received`."""


def instants() -> st.SearchStrategy[int]:
    """Midnights, in ms since the epoch: where the days of `DAYS` begin and end."""
    return st.sampled_from([at * 1000 for day in DAYS for at in (day.first, day.end)])


def edges(interval: int, t: int) -> list[int]:
    """Times, in ms, from a report at `t` to the next of its session; 0 is a tie."""
    rules = [length + beside for length in _lengths(interval) for beside in (-1, 0, 0, 1)]
    to_second = 1000 - t % 1000
    seconds = [to_second + 1000 * n + beside for n in (0, 7, 89) for beside in (-1, 0, 1)]
    return [0] * 4 + rules * 2 + seconds


def _lengths(interval: int) -> tuple[int, ...]:
    """Where the rules divide time; the bridge twice, since two rules ask for it."""
    return (interval, tail(interval), bridge(interval), bridge(interval))


# Made once: making strategies took far longer than drawing from them, and than what they test.
# A negative gap is a place in `edges`; two of three are (equal strategies would count as one).
EDGES = len(edges(30_000, 0))
GAP = st.integers(-EDGES, -1) | st.integers(-2 * EDGES, -EDGES - 1) | st.integers(0, 150_000)
START = st.sampled_from((-30_000, -1, 0, 1, 999)) | st.integers(-120_000, 120_000)
VIEWER, SESSION = st.sampled_from(VIEWERS), st.sampled_from(SESSIONS)
CLOCK: st.SearchStrategy[Clock] = st.sampled_from(("client", "server"))
USUAL = st.booleans()
TIED_IN = st.sampled_from(tuple(FIELDS_OF_TIES))


@lru_cache
def channels(n: int) -> st.SearchStrategy[str]:
    """One of the first `n` channels."""
    return st.sampled_from(CHANNELS[:n])


@lru_cache
def delays(rules: Rules) -> st.SearchStrategy[int]:
    """`received` - `t`, in ms, as clock repair leaves it."""
    edges = (0, 0, -EARLY, rules.lateness - 1, rules.lateness)
    return st.sampled_from(edges) | st.integers(-EARLY, rules.lateness)


@lru_cache
def intervals(rules: Rules) -> st.SearchStrategy[int]:
    """What players may promise under these rules."""
    return st.sampled_from([each for each in INTERVALS if each <= rules.max_interval])


@st.composite
def session_reports(
    draw: st.DrawFn, around: int, rules: Rules = RULES, size: int = 8
) -> list[Report]:
    """What one session says, in order of `t`, starting within 2 minutes of `around` (ms)."""
    viewer, session = draw(VIEWER), draw(SESSION)
    channel = channels(draw(st.integers(1, len(CHANNELS))))
    usual = draw(intervals(rules))
    t = around + draw(START)
    said = []
    for _ in range(draw(st.integers(1, size))):
        interval = usual if draw(USUAL) else draw(intervals(rules))
        said.append(
            Report(
                t=t,
                viewer=viewer,
                session=session,
                channel=draw(channel),
                state=draw(FIELDS_OF_TIES["state"]),
                playhead=draw(FIELDS_OF_TIES["playhead"]),
                interval=interval,
                seq=draw(FIELDS_OF_TIES["seq"]),
                received=t + draw(delays(rules)),
                clock=draw(CLOCK),
            )
        )
        gap = draw(GAP)
        t += gap if gap >= 0 else edges(interval, t)[gap % EDGES]
    return said


@st.composite
def twins(draw: st.DrawFn, report: Report, rules: Rules) -> Report:
    """A report that differs from this one in a single field of the total order, not the first."""
    field = draw(TIED_IN)
    values = intervals(rules) if field == "interval" else FIELDS_OF_TIES[field]
    return replace(report, **{field: draw(values)})


@st.composite
def report_sets(
    draw: st.DrawFn,
    around: int | None = None,
    rules: Rules = RULES,
    sessions: int = 5,
    size: int = 8,
) -> list[Report]:
    """Up to `sessions` sessions of up to `size` reports each around an instant.

    `around` is in ms since the epoch; None: a midnight of `DAYS`. `received` is set so that
    received - lateness <= t <= received + `EARLY`. Some reports come twice, received at different
    times, some have twins that only the order of ties tells apart. Two of the sessions may be the
    same one, its reports then interleaved.
    """
    place = draw(instants()) if around is None else around
    said = draw(st.lists(session_reports(place, rules, size), min_size=1, max_size=sessions))
    reports = [report for session in said for report in session]
    again = draw(st.lists(st.sampled_from(reports), max_size=3))
    copies = [
        replace(report, received=report.t + draw(delays(rules)), platform="sent again")
        for report in again
    ]
    tied = draw(st.lists(st.sampled_from(reports), max_size=6))
    return reports + copies + [draw(twins(report, rules)) for report in tied]


@st.composite
def arrivals(
    draw: st.DrawFn,
    around: int | None = None,
    rules: Rules = RULES,
    sessions: int = 5,
    size: int = 8,
) -> list[Report]:
    """A `report_sets` in an order of arrival: by `received`, those of the same ms in any order."""
    reports = draw(report_sets(around, rules, sessions, size))
    return sorted(draw(st.permutations(reports)), key=lambda report: report.received)
