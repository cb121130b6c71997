"""The definition, version 1: who watches what and when, as a plain reading of its six rules.

This file is the specification. It is slow and short; the fold (`audience/fold.py`) and the SQL
query (`sinks/sql`) answer the same, and property tests hold all three equal. It is a pure function
of the *set* of reports: order of arrival and duplicates cannot change it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise

from audience.figures import Figures
from audience.reports import Report
from audience.rules import ANYTHING, NO_KINDS, bridge, of_kind, tail, whole_second
from audience.spans import Stretch
from audience.states import RANK, WATCHING, State


@dataclass(frozen=True, slots=True)
class Watch:
    """A session watches a channel from the instant `start` (ms) to `end` (ms, excluded)."""

    viewer: str
    session: str
    channel: str
    start: int
    end: int

    @property
    def seconds(self) -> range:
        """The whole seconds, in s since the epoch, at which it watches."""
        return range(whole_second(self.start), whole_second(self.end))


def order(report: Report) -> tuple[int, int, int, str, int, float]:
    """Rule 1: the total order of a session's reports. Reports equal in it are one."""
    playhead = -1.0 if report.playhead is None else report.playhead
    return (report.t, report.seq, RANK[report.state], report.channel, report.interval, playhead)


def state_of(report: Report, previous: Report | None) -> State:
    """Rule 2: an unnamed report gets its state from the report just before it, nothing older."""
    if report.state is not None:
        return report.state
    if previous is None or report.t >= previous.t + bridge(previous.interval):
        return "playing"
    if report.playhead is None or previous.playhead is None:
        return previous.state or "playing"
    if report.playhead != previous.playhead:
        return "playing"
    return previous.state or "paused"


def end_of(report: Report, following: Report | None, as_of: int | None) -> int:
    """Rule 3: until when, in ms, what this report says is believed.

    As of an instant, a session whose last report is younger than its bridge is still open: nobody
    knows yet.
    """
    bridged = report.t + bridge(report.interval)
    if following is not None and following.t < bridged:
        return following.t
    if following is None and as_of is not None and as_of < bridged:
        return bridged
    return report.t + tail(report.interval)


def watches(reports: Iterable[Report], as_of: int | None = None) -> Iterator[Watch]:
    """Rules 1 to 3: every stretch of watching in these reports.

    `as_of` (ms) leaves open the sessions that are open at that instant.
    """
    for (viewer, session), said in groupby(
        sorted(reports, key=lambda r: (r.viewer, r.session)), key=lambda r: (r.viewer, r.session)
    ):
        ordered = sorted({order(r): r for r in said}.values(), key=order)
        for previous, (report, following) in zip(
            [None, *ordered], pairwise([*ordered, None]), strict=False
        ):
            assert report is not None  # only `following` can be the None at the end
            if state_of(report, previous) in WATCHING:
                yield Watch(
                    viewer, session, report.channel, report.t, end_of(report, following, as_of)
                )


def counted_as(channel: str, kinds: Mapping[str, str]) -> tuple[str, ...]:
    """Rule 4: who watches a channel watches it, its kind if it has one (`*tv`), and anything."""
    kind = (of_kind(kinds[channel]),) if channel in kinds else ()
    return (channel, *kind, ANYTHING)


def levels(
    reports: Iterable[Report], as_of: int | None = None, kinds: Mapping[str, str] = NO_KINDS
) -> dict[tuple[str, int], tuple[int, int]]:
    """Rules 4 and 5: (channel, second) to (viewers, sessions), with `*` for any channel.

    Seconds of nobody are left out. `kinds`: the kind of a channel, as TV or radio.

    `as_of` (ms): the numbers as they stand at that instant, for seconds up to it.
    """
    sessions: defaultdict[tuple[str, int], set[tuple[str, str]]] = defaultdict(set)
    for watch in watches(reports, as_of):
        for second in watch.seconds:
            if as_of is None or second * 1000 <= as_of:
                for channel in counted_as(watch.channel, kinds):
                    sessions[channel, second].add((watch.viewer, watch.session))
    return {at: (len({viewer for viewer, _ in who}), len(who)) for at, who in sessions.items()}


def figures(
    reports: Iterable[Report], day: Stretch, kinds: Mapping[str, str] = NO_KINDS
) -> dict[str, Figures]:
    """Rule 6: the figures of a local day for every channel and kind watched in it, and for `*`.

    Of any other seconds, a programme's for one, they are found in the same way.
    """
    reports = list(reports)
    viewers: defaultdict[str, set[str]] = defaultdict(set)
    sessions: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for watch in watches(reports):
        if any(second in day.seconds for second in watch.seconds):
            for channel in counted_as(watch.channel, kinds):
                viewers[channel].add(watch.viewer)
                sessions[channel].add((watch.viewer, watch.session))
    counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for (channel, second), (watching, _) in levels(reports, kinds=kinds).items():
        if second in day.seconds:
            counts[channel][second] = watching
    answer = {ANYTHING: Figures.nobody(day)}
    for channel, by_second in counts.items():
        peak = max(by_second.values())
        answer[channel] = Figures(
            seconds=len(day.seconds),
            peak_viewers=peak,
            peak_at=min(second for second, watching in by_second.items() if watching == peak),
            watch_seconds=sum(by_second.values()),
            reach=len(viewers[channel]),
            sessions=len(sessions[channel]),
        )
    return answer
