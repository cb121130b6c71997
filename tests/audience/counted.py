"""A fold's answers in the shape of the definition's."""

from collections.abc import Iterable, Iterator, Sequence

from audience.fold import Fold
from audience.levels import Levels
from audience.reports import Report, to_columns

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
