"""The checker that every fault test feeds: what was promised, against what is there."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from audience import definition
from audience.days import Day
from audience.figures import Figures
from audience.reports import Report
from tests.faults.operations import Operation, Outcome, What, what_it_says, what_was_said

SHOWN = 5  # of a kind of problem, so many are told

Levels = Mapping[tuple[str, int], tuple[int, int]]
"""(channel, second) to (viewers, sessions); seconds of nobody are left out."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is there when all is over and final.

    `stored`: by partition the reports in the log; `spooled`: those that wait for it; `forgiven`:
    those that a test itself destroyed. `raw`: what the storage has of the reports, None where it
    keeps none. `days`: by zone and day.
    """

    operations: Sequence[Operation]
    stored: Mapping[int, Sequence[Report]]
    levels: Levels
    spooled: Sequence[Report] = ()
    forgiven: frozenset[What] = frozenset()
    raw: frozenset[What] | None = None
    days: Mapping[tuple[str, dt.date], Mapping[str, Figures]] = field(default_factory=dict)

    @property
    def reports(self) -> list[Report]:
        """All in the log."""
        return [report for reports in self.stored.values() for report in reports]


def check(evidence: Evidence) -> None:
    """Raises AssertionError with all that is wrong."""
    found = list(problems(evidence))
    assert not found, "\n".join(found)


def problems(evidence: Evidence) -> Iterator[str]:
    """A line for each thing that is not as promised."""
    yield from _lost(evidence)
    yield from _invented(evidence)
    yield from _divided(evidence)
    yield from _miscounted(evidence)
    yield from _misfigured(evidence)
    yield from _not_kept(evidence)


def _lost(evidence: Evidence) -> Iterator[str]:
    there = {what_it_says(report) for report in (*evidence.reports, *evidence.spooled)}
    promised = {
        what_was_said(each.said): each
        for each in evidence.operations
        if each.outcome is Outcome.acknowledged
    }
    lost = [promised[what] for what in promised.keys() - (there | evidence.forgiven)]
    lost.sort(key=lambda each: each.at)
    yield from _shown("acknowledged, and lost", lost)


def _invented(evidence: Evidence) -> Iterator[str]:
    sent = {what_was_said(each.said) for each in evidence.operations}
    there = {what_it_says(report) for report in evidence.reports}
    yield from _shown("stored, and never sent", sorted(there - sent, key=repr))


def _divided(evidence: Evidence) -> Iterator[str]:
    where: defaultdict[str, set[int]] = defaultdict(set)
    for partition, reports in evidence.stored.items():
        for report in reports:
            where[report.viewer].add(partition)
    several = [f"{viewer} in {sorted(has)}" for viewer, has in where.items() if len(has) > 1]
    yield from _shown("a viewer in several partitions, and so counted twice", several)


def _miscounted(evidence: Evidence) -> Iterator[str]:
    expected = definition.levels(evidence.reports)
    wrong = [
        f"{channel} at {second}: {evidence.levels.get((channel, second))} stored, "
        f"{expected.get((channel, second))} by the definition"
        for channel, second in sorted(expected.keys() | evidence.levels.keys(), key=_by_time)
        if expected.get((channel, second)) != evidence.levels.get((channel, second))
    ]
    yield from _shown(f"levels, of {len(expected)}, that are wrong", wrong)


def _misfigured(evidence: Evidence) -> Iterator[str]:
    for (zone, date), found in evidence.days.items():
        expected = definition.figures(evidence.reports, Day(date, ZoneInfo(zone)))
        wrong = [
            f"{channel}: {found.get(channel)} stored, {expected.get(channel)} by the definition"
            for channel in sorted(expected.keys() | found.keys())
            if expected.get(channel) != found.get(channel)
        ]
        yield from _shown(f"figures of {date} in {zone} that are wrong", wrong)


def _not_kept(evidence: Evidence) -> Iterator[str]:
    if evidence.raw is not None:
        there = {what_it_says(report) for report in evidence.reports}
        yield from _shown("in the log, not in storage", sorted(there - evidence.raw, key=repr))
        yield from _shown("in storage, not in the log", sorted(evidence.raw - there, key=repr))


def _by_time(at: tuple[str, int]) -> tuple[int, str]:
    return at[1], at[0]


def _shown(what: str, found: Sequence[object]) -> Iterator[str]:
    if found:
        some = [f"  {each}" for each in (*found[:SHOWN], *found[-1:])]
        yield "\n".join([f"{len(found)} {what}:", *some])
