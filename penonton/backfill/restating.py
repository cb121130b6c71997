"""Writing history: what a recomputation changes is kept beside it, figure by figure."""

from collections.abc import Iterator
from dataclasses import asdict

from audience.days import Day
from audience.figures import Figures
from penonton.backfill.evaluating import Found
from sinks.rows import Restatement, Status
from sinks.store import Store


def restate(store: Store, found: Found, reason: str, at: int) -> None:
    """Writes the days whose figures differ from what stands; `at` (ms): now.

    Twice changes nothing more. A day that is not over is provisional. The restatements go first: a
    crash in between leaves a trace of what was about to change, and the next run says it again.
    """
    for day, figures in found.items():
        stood = {each.channel: each for each in store.days(day.zone.key, day.date, day.date)}
        gone = {name: Figures.nobody(day) for name in stood if name not in figures}
        now = figures | gone
        before = {name: each.figures for name, each in stood.items()}
        changes = list(_changes(day, before, now, reason))
        settled = any(each.status != "provisional" for each in stood.values())
        if changes:
            if settled:
                store.put_restatements(changes, at)
            changed = {name: now[name] for name in now if before.get(name) != now[name]}
            store.put_days(day.zone.key, day.date, changed, _status(day, at, settled=settled), at)


def _status(day: Day, at: int, *, settled: bool) -> Status:
    if settled:
        return "restated"
    return "final" if day.end * 1000 <= at else "provisional"


def _changes(
    day: Day, before: dict[str, Figures], now: dict[str, Figures], reason: str
) -> Iterator[Restatement]:
    for channel, figures in now.items():
        stood = asdict(before[channel]) if channel in before else {}
        for figure, value in asdict(figures).items():
            if stood.get(figure) != value:
                yield Restatement(
                    zone=day.zone.key,
                    day=day.date,
                    channel=channel,
                    figure=figure,
                    before=stood.get(figure),
                    after=value,
                    reason=reason,
                )
