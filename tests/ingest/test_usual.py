"""The usual request's short way answers and stores what the careful way does."""

import asyncio
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from audience.reports import Report
from audience.rules import Rules
from audience.states import RANK
from ingest.channels import Channels
from ingest.clock import AHEAD
from ingest.collector import Collector, Policy
from ingest.counts import Counts
from ingest.quarantine import Quarantine
from ingest.usual import Usual
from tests.ingest.collecting import IDENTITY, NOW, MemoryLog

RULES = Rules()
SAID = {"session": "s", "channel": "news", "ts": NOW}

ids = (
    st.sampled_from(["s", "é", "", "x" * 128, "x" * 129, "a\u2028b", "a\u00a0b", "\0"]) | st.text()
)
numbers = st.sampled_from([None, 0, -0.0, -1, 2**63 - 1, 2**63, 1e308, 4.9995, 40.001, True, "1"])
unusual = st.fixed_dictionaries(
    {},
    optional={
        "viewer": ids | st.none(),
        "session": ids | st.none(),
        "channel": st.sampled_from(["news", "main", "new", "News", "", None, 1]),
        "state": st.sampled_from([*RANK, "dance", 1]),
        "ts": st.sampled_from(
            [
                None,
                NOW + AHEAD,
                NOW + AHEAD + 1,
                NOW - RULES.lateness,
                NOW - RULES.lateness - 1,
                float(NOW),
                0,
            ]
        ),
        "playhead": numbers | st.floats(),
        "interval": numbers | st.floats(),
        "seq": numbers,
        "platform": st.sampled_from(["", "Android", "x" * 64, "x" * 65, "\x7f", None]),
        "app": st.sampled_from(["", "tv 4.2", "x" * 64, "x" * 65, "\x85", None]),
        "country": st.sampled_from(["", "id", "IDN", None]),
        "other": st.sampled_from([[], [[[]]] * 11, "{" * 31, "{" * 32, "{" * 33]),
    },
)
spelled = st.sampled_from([b"%s", b" %s\n", b"[%s]", b"%s x", b"%s\n%s", b"\xff%s"])


def answered(body: bytes, *, shortly: bool) -> tuple[Any, ...]:
    """What a collector answers, stores, counts and puts in quarantine."""
    log, counts = MemoryLog(), Counts()
    sent: list[object] = []
    with tempfile.TemporaryDirectory() as folder:
        quarantine = Quarantine(Path(folder))
        policy = Policy(RULES, IDENTITY, default_channel="main")
        collector = Collector(policy, log, quarantine, lambda: NOW, counts)
        collector._channels.admit("news")

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                sent.append((message["status"], *sorted(message["headers"])))
            else:
                sent.append(message["body"])

        def answer(status: int, rest: bytes) -> None:
            head, _, body = rest.partition(b"\r\n\r\n")
            named = sorted(tuple(line.split(b": ", 1)) for line in head.split(b"\r\n"))
            sent.extend([(status, *named), body])

        async def request() -> None:
            if not shortly or not collector.take_usual(scope, bytearray(body), answer):
                await collector(scope, receive, send)

        headers = [(b"user-agent", b"okhttp"), (b"origin", b"https://tv.example")]
        scope = {"method": "POST", "path": "/v1/reports", "query_string": b"", "headers": headers}
        asyncio.run(request())
        kept = [(refused.reason, refused.body) for refused in quarantine.read()]
    counted = counts.accepted, counts.refused, counts.tally.take()
    return sent, repr(log.reports), counted, kept


@given(unusual, spelled)
def test_both_ways_lead_to_the_same(said: dict[str, object], spelling: bytes) -> None:
    body = spelling.replace(b"%s", json.dumps(SAID | said).encode())
    assert answered(body, shortly=True) == answered(body, shortly=False)


def usual(**said: object) -> Report | None:
    channels = Channels(10, ["news"])
    return Usual(RULES, IDENTITY, channels).read(json.dumps(SAID | said).encode(), NOW, "web")


def test_what_apps_send_is_usual() -> None:
    report = usual(viewer="v", state="playing", playhead=1.5, interval=30, seq=7, app="tv 4.2")
    assert report is not None
    assert (report.viewer, report.session) == (IDENTITY("v"), IDENTITY("s"))
    assert (report.t, report.received, report.clock) == (NOW, NOW, "client")
    assert usual() is not None


def test_a_clock_that_needs_repair_and_a_new_channel_are_not() -> None:
    assert usual(ts=NOW + AHEAD) is not None
    assert usual(ts=NOW + AHEAD + 1) is None
    assert usual(ts=NOW - RULES.lateness) is not None
    assert usual(ts=NOW - RULES.lateness - 1) is None
    assert usual(channel="other") is None
