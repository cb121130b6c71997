"""Writing history: what a recomputation changes is kept beside it, figure by figure, with why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from audience.days import Day
from audience.figures import Figures
from audience.rules import DEFINITION, Rules
from penonton.backfill.adding import Sum
from sinks.rows import Reason, Restatement, Status
from sinks.store import Store, StoredDay

MANY: Final = 2_000_000  # levels, about, written at once
FROM_FILES: Final[Reason] = "reports from files"


@dataclass(frozen=True, slots=True)
class Difference:
    """How a day that was computed again differs from what stands.

    `changed`: the figures to be written, by channel; `changes`: the same one by one.
    """

    day: Day
    status: Status
    changed: Mapping[str, Figures]
    changes: Sequence[Restatement]


def difference(
    day: Day,
    found: Mapping[str, Figures],
    stands: Sequence[StoredDay],
    note: str,
    until: int,
    reason: Callable[[], Reason],
) -> Difference:
    """From what `stands`; every second up to `until` (s) is final by now.

    `reason` is asked for only where something differs.
    """
    before = {each.channel: each.figures for each in stands}
    gone = {name: Figures.nobody(day) for name in before if name not in found}
    now = {**found, **gone}
    changed = {name: figures for name, figures in now.items() if before.get(name) != figures}
    changes = list(_changes(day, before, changed, reason(), note)) if changed else []
    return Difference(day, _status(day, stands, until), changed, changes)


def _status(day: Day, stands: Sequence[StoredDay], until: int) -> Status:
    if any(each.status != "provisional" for each in stands):
        return "restated"
    return "final" if day.end <= until + 1 else "provisional"


def _changes(
    day: Day,
    before: Mapping[str, Figures],
    now: Mapping[str, Figures],
    reason: Reason,
    note: str,
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
                    note=note,
                )


def why(stands: Sequence[StoredDay], day: Day, store: Store, rules: Rules, *, own: bool) -> Reason:
    """Why a day may differ; `own`: it was computed from the storage's own reports."""
    if any(each.definition != DEFINITION for each in stands):
        return "new definition version"
    if not own:
        return FROM_FILES
    causes = store.causes(day, rules.max_bridge // 1000)
    late, replayed = causes.get("late", 0), causes.get("replayed", 0)
    if late > replayed:  # what is replayed is late too
        return "late reports"
    return "replayed quarantine" if replayed else "other settings"


def write(store: Store, total: Sum, changes: Difference, at: int) -> None:
    """Writes a difference that is one; `at` (ms): now.

    Of what stood and changed a trace is kept, and of what files alone tell: no report in storage
    says where that came from. The day itself comes last: a crash before leaves a trace of what was
    about to change, and the next run finds the same difference again.
    """
    day = changes.day
    if changes.status != "provisional":
        pieces = 1 + total.watched // MANY
        stretch = -(-len(day.seconds) // pieces)
        for first in range(day.first, day.end, max(stretch, 1)):
            end = min(first + stretch, day.end)
            store.restate_levels(total.levels(first, end), first, end, at)
    traced = [
        each
        for each in changes.changes
        if changes.status == "restated" or each.reason == FROM_FILES
    ]
    store.put_restatements(traced, at)
    store.put_days(day.zone.key, day.date, changes.changed, changes.status, at)


def told(found: Difference, *, kept: bool, all_of_it: bool) -> Iterator[str]:
    """What a day's difference is, in a line, or in a line for each figure (`all_of_it`)."""
    n = len(found.changes)
    if not n:
        yield "as it stands"
    elif kept and not all_of_it:
        yield "not over yet, and left to the live count"
    elif found.status == "restated":
        yield f"{n} figures {'would change' if kept else 'changed'}: {found.changes[0].reason}"
    else:
        yield f"{n} figures {'would be new' if kept else 'are new'}, {found.status}"
    if all_of_it:
        for each in found.changes:
            yield f"{each.channel} {each.figure} {_value(each.before)} -> {_value(each.after)}"


def _value(value: float | None) -> str:
    return "none" if value is None else str(value)


def stands(store: Store | None, day: Day) -> list[StoredDay]:
    """What is written of a day; of no storage, nothing."""
    return store.days(day.zone.key, day.date, day.date) if store else []
