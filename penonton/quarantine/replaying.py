"""replay: what today's rules take of the quarantine goes to the collector, as it was received."""

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from ingest.channels import Channels
from ingest.handed import Handed
from ingest.quarantine import Quarantine
from ingest.retrying import retried
from penonton.output import Row
from penonton.policy import collecting
from penonton.settings import Settings

COLUMNS: Final = ("id", "outcome", "reports", "reason")


def handed_in(data: Path) -> Handed:
    """Where a collector with this data folder looks for what is handed to it."""
    return Handed(data / "handed")


def replay(
    settings: Settings, quarantine: Quarantine, ids: Collection[str], *, dry_run: bool
) -> Iterator[Row]:
    """A row of COLUMNS for each of these (all, where none is named), after it is done."""
    policy = collecting(settings)
    channels = Channels(policy.max_channels, [c for c in [policy.default_channel] if c])
    handed, done = handed_in(settings.data), quarantine.replayed()
    for name, entry in quarantine.entries():
        if ids and name not in ids:
            continue
        if name in done:
            yield {"id": name, "outcome": "replayed before", "reports": 0, "reason": ""}
            continue
        outcome = retried(entry, policy, channels)
        if outcome.reports and not dry_run:
            handed.give(outcome.reports)
            quarantine.mark_replayed(name)
        said = "would be replayed" if dry_run else "replayed"
        yield {
            "id": name,
            "outcome": said if outcome.reports else "still refused",
            "reports": len(outcome.reports),
            "reason": ", ".join(f"{why} {n}" for why, n in Counter(outcome.reasons).items()),
        }
