"""Importing: what a source says of a period replaces what it said of it before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from audience.programmes import Programme, by_channel, overlaps
from sinks.store import Store


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did: `added` and `changed` were written, `removed` taken away.

    `same`: stood already. `overlapping`: (earlier, later) of one channel at the same time, of which
    at least one was imported.
    """

    source: str
    added: int
    changed: int
    removed: int
    same: int
    overlapping: Sequence[tuple[Programme, Programme]]


def put(store: Store, source: str, programmes: Sequence[Programme], at: int) -> Outcome:
    """Make `programmes` all that `source` says from the first to the last of each channel.

    What it said before of other times stays, and so does what other sources say. Twice is once.
    `at` (ms): now. Raises Retry and Stop as storage does.
    """
    given = {replace(each, source=source) for each in programmes}
    if not given:
        return Outcome(source, 0, 0, 0, 0, [])
    periods = {
        channel: (each[0].start, max(programme.end for programme in each))
        for channel, each in by_channel(given).items()
    }
    around = store.programmes(
        min(first for first, _ in periods.values()), max(end for _, end in periods.values())
    )
    stood = {each for each in around if each.source == source and _within(each, periods)}
    keys, known = {_key(each) for each in given}, {_key(each) for each in stood}
    removed = [each for each in stood - given if _key(each) not in keys]
    written = given - stood
    store.put_programmes(sorted(written), sorted(removed), at)
    changed = sum(_key(each) in known for each in written)
    after = (set(around) - stood) | given
    return Outcome(
        source=source,
        added=len(written) - changed,
        changed=changed,
        removed=len(removed),
        same=len(given & stood),
        overlapping=[pair for pair in overlaps(after) if given.intersection(pair)],
    )


def _within(programme: Programme, periods: dict[str, tuple[int, int]]) -> bool:
    first, end = periods.get(programme.channel, (0, 0))
    return programme.start < end and programme.end > first


def _key(programme: Programme) -> tuple[str, int, str]:
    """What a row of one source is replaced by."""
    return programme.channel, programme.start, programme.title
