"""What was refused, taken through today's rules again: as if it came now, received when it was."""

from dataclasses import dataclass

from audience.reports import Report
from ingest.channels import Channels
from ingest.collector import Policy
from ingest.completing import completed
from ingest.drafts import Context, Origin, Parsed
from ingest.endpoints import ENDPOINTS, REPORTS, context_of, split
from ingest.guards import inflated
from ingest.quarantine import Quarantined
from ingest.reasons import Reason, Reject

CUT = "cut"
"""In place of a reason: what was kept is not all that was sent."""

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Retried:
    """The reports that are taken now, and why others still are not."""

    reports: list[Report]
    reasons: list[str]


def retried(entry: Quarantined, policy: Policy, channels: Channels) -> Retried:
    """Parse it again; `received` stays what it was, so clock repair finds the same time."""
    if entry.cut:
        return Retried([], [CUT])
    try:
        parsed = _parsed(entry, policy)
    except Reject as reject:
        return Retried([], [reject.reason.value])
    taken = [draft for draft in parsed.drafts if channels.admit(draft.channel or "")]
    reasons = [refusal.reason.value for refusal in parsed.refusals]
    reasons += [Reason.TOO_MANY_CHANNELS.value] * (len(parsed.drafts) - len(taken))
    origin = Origin(entry.received, entry.protocol, entry.platform)
    return Retried(completed(taken, origin, policy.rules, policy.identity), reasons)


def _parsed(entry: Quarantined, policy: Policy) -> Parsed:
    # Where an address wants gzip is not kept; what it looks like is.
    encoding = b"gzip" if entry.body.startswith(_GZIP) else b""
    body = inflated(entry.body, encoding, policy.max_body)
    longest = policy.rules.max_interval
    if entry.reason == Reason.TOO_MANY_CHANNELS:
        # Such a report was good, and is kept in our own form whatever it came in.
        return ENDPOINTS["POST", REPORTS].parse(body, Context(longest=longest), policy.max_reports)
    path, _, query = entry.path.partition("?")
    _, channel = split(path)
    endpoint = next(each for each in ENDPOINTS.values() if each.protocol == entry.protocol)
    context = context_of(
        endpoint, channel, query.encode("latin-1", "replace"), policy.default_channel, longest
    )
    return endpoint.parse(body, context, policy.max_reports)
