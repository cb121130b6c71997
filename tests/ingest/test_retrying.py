"""What was refused is taken again as it would have been, had today's rules been then."""

import gzip

import pytest

from audience.rules import Rules
from ingest.channels import Channels
from ingest.collector import Policy
from ingest.identity import Identity
from ingest.quarantine import Quarantined
from ingest.retrying import retried

RECEIVED = 1_795_000_000_000
POLICY = Policy(Rules(), Identity("key"), default_channel="main")


def entry(
    body: bytes,
    protocol: str = "json",
    path: str = "/v1/reports",
    reason: str = "no_channel",
    *,
    cut: bool = False,
) -> Quarantined:
    return Quarantined(
        received=RECEIVED,
        protocol=protocol,
        platform="web",
        reason=reason,
        message="",
        path=path,
        body=body,
        cut=cut,
    )


@pytest.mark.parametrize(
    ("kept", "channel"),
    [
        (entry(b'{"event":"playing","sessionId":"s"}', "epas", "/epas"), "main"),
        (entry(b'{"event":"playing","sessionId":"s"}', "epas", "/epas/two"), "two"),
        (entry(b'{"session":"s","state":"playing"}', path="/v1/reports?channel=tv"), "tv"),
        (entry(b'e=ps,sid="s",sta=p,v=2', "cmcd2", "/cmcd/tv?interval=10"), "tv"),
        (entry(b'sid="s"', "cmcd1", "/cmcd/tv?CMCD=sid%3D%22s%22"), "tv"),
        (entry(gzip.compress(b'{"session":"s","channel":"tv"}'), reason="malformed"), "tv"),
    ],
)
def test_each_protocol_is_read_by_its_own_rules(kept: Quarantined, channel: str) -> None:
    found = retried(kept, POLICY, Channels(10))
    assert found.reasons == []
    (report,) = found.reports
    assert (report.channel, report.received, report.platform) == (channel, RECEIVED, "web")
    assert report.session == Identity("key")("s")


def test_a_plausible_time_is_believed_as_it_was_when_it_came() -> None:
    body = b'{"session":"s","channel":"tv","ts":%d}'
    for ts, t, clock in (
        (RECEIVED - 120_000, RECEIVED - 120_000, "client"),
        (RECEIVED - 120_001, RECEIVED, "server"),
    ):
        (report,) = retried(entry(body % ts), POLICY, Channels(10)).reports
        assert (report.t, report.clock) == (t, clock)


def test_a_channel_too_many_is_taken_once_there_is_room() -> None:
    kept = entry(
        b'{"session":"s","viewer":null,"channel":"tv","state":"playing","ts":null}',
        "epas",
        "/epas/tv",
        "too_many_channels",
    )
    assert retried(kept, POLICY, Channels(0)).reasons == ["too_many_channels"]
    (report,) = retried(kept, POLICY, Channels(1)).reports
    assert (report.channel, report.protocol, report.state) == ("tv", "epas", "playing")


def test_what_is_wrong_in_itself_stays_refused() -> None:
    found = retried(entry(b"no JSON", reason="malformed"), POLICY, Channels(10))
    assert (found.reports, found.reasons) == ([], ["malformed"])


def test_what_was_not_kept_whole_cannot_be_sent_again() -> None:
    kept = entry(b'{"session":"s","channel":"tv"}', cut=True)
    assert retried(kept, POLICY, Channels(10)).reasons == ["cut"]
