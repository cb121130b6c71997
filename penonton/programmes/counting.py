"""Figures per programme, by the definition, out of all reports that are kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from audience.figures import Figures
from audience.programmes import Programme
from audience.rules import Rules
from audience.spans import Span
from dashboards.web.calendar import Counted, State
from sinks.store import Store
from streams.settling import FINAL


@dataclass(frozen=True, slots=True)
class Known:
    """Of the seconds from `first` to `end` (since the epoch, excluded) all is known."""

    first: int
    end: int


def counted(
    store: Store, programmes: Iterable[Programme], rules: Rules, now: int
) -> Iterator[Counted]:
    """The figures of each as they stand at `now` (s), in their order; a query for each stretch.

    Of one that is still on, those of its final seconds so far. Raises Retry and Stop as storage
    does.
    """
    known = _known(store, rules)
    found: dict[Span, dict[str, Figures]] = {}
    for each in programmes:
        if each.start > now:
            yield Counted(each, "scheduled")
        elif known is None or each.start < known.first:
            yield Counted(each, "unknown")
        elif each.start >= known.end:
            yield Counted(each, "provisional")
        else:
            span = Span(each.start, min(each.end, known.end))
            if span not in found:
                (found[span],) = store.figures([span], rules)
            figures = found[span].get(each.channel, Figures.nobody(span))
            status: State = "final" if span == each.span else "provisional"
            yield Counted(each, status, span.end, figures)


def _known(store: Store, rules: Rules) -> Known | None:
    raw = store.raw()
    if raw is None:
        return None
    oldest, newest = raw
    final = store.progress(FINAL)
    if by_partition := store.partition_progress(FINAL):
        # A cluster's reports are stored beside its levels, not before them.
        final = min(*by_partition.values(), rules.final_until(newest))
    return None if final is None else Known(-(-oldest // 1000), final + 1)
