"""From what a player said to the reports that are stored."""

from collections.abc import Sequence

from audience.reports import Report
from audience.rules import Rules
from ingest.clock import repair
from ingest.drafts import Draft, Origin, complete
from ingest.identity import Identity


def completed(
    drafts: Sequence[Draft], origin: Origin, rules: Rules, identity: Identity
) -> list[Report]:
    """The reports of settled drafts that came together, their clocks repaired, ids hashed."""
    times = repair(
        [None if draft.ts is None else int(draft.ts) for draft in drafts],
        origin.received,
        rules.lateness,
    )
    reports = []
    for draft, at in zip(drafts, times, strict=True):
        session = identity(draft.session or "")
        viewer = identity(draft.viewer) if draft.viewer else session
        reports.append(complete(draft, at, origin, (viewer, session), rules.max_interval))
    return reports
