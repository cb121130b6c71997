"""A fold's answers in the shape of the definition's."""

from collections.abc import Iterable, Iterator, Sequence

from audience.days import Day
from audience.figures import Figures
from audience.fold import Fold
from audience.levels import Levels
from audience.reports import Report, to_columns
from audience.totals import Totals

Counts = dict[tuple[str, int], tuple[int, int]]


def somebody(blocks: Iterable[Levels]) -> Counts:
    """(channel, second) to (viewers, sessions); seconds of nobody left out."""
    return {
        (channel, levels.first + j): (int(viewers), int(sessions))
        for levels in blocks
        for c, channel in enumerate(levels.channels)
        for j, (viewers, sessions) in enumerate(
            zip(levels.viewers[c], levels.sessions[c], strict=True)
        )
        if viewers or sessions
    }


def batches(reports: Sequence[Report], sizes: Iterator[int]) -> Iterator[Sequence[Report]]:
    """The reports in order, in batches of these sizes."""
    at = 0
    while at < len(reports):
        size = next(sizes)
        yield reports[at : at + size]
        at += size


def fed(fold: Fold, reports: Sequence[Report]) -> Fold:
    """The fold, after it was fed these reports at once."""
    fold.feed(to_columns(reports))
    return fold


def ended(
    totals: Totals, fold: Fold, final: Sequence[Levels]
) -> list[tuple[Day, dict[str, Figures]]]:
    """The days that are over when the totals follow the fold, with their figures."""
    return [(each.day, each.figures(fold)) for each in totals.follow(fold, final)]
