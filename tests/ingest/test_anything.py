"""Whatever bytes come in, the answer is one of a few, and every report is accounted for."""

import asyncio
import gzip
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from audience.rules import Rules
from ingest.collector import Collector, Policy
from ingest.counts import Counts
from ingest.quarantine import Quarantine
from ingest.reasons import Reason
from tests.ingest.collecting import IDENTITY, NOW, MemoryLog

LIMIT = 4_096
MOST = 50
TAKEN = {200, 202, 204}

texts = st.text(st.characters(), max_size=140)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
fields = ["session", "viewer", "channel", "state", "ts", "playhead", "interval", "seq", "app"]
objects = st.fixed_dictionaries(
    {}, optional={name: values | st.sampled_from(["news", "playing", 1, NOW]) for name in fields}
)
events = st.fixed_dictionaries(
    {"event": st.sampled_from(["init", "playing", "stopped", "dance"])},
    optional={
        name: values | st.just("news") for name in ("sessionId", "shardId", "timestamp", "payload")
    },
)
good = st.just({"session": "s", "channel": "news"})
members = st.sampled_from(
    ['sid="s"', 'cid="news"', "sta=p", "sta=z", "ts=1", "sn=-1", "pt=(1 2)", "x", "(", '"', "\x00"]
)
pieces = st.one_of(
    st.binary(max_size=60),
    (objects | events | good | values).map(lambda value: json.dumps(value).encode()),
    st.lists(members, max_size=5).map(lambda said: ",".join(said).encode()),
)
bodies = st.one_of(
    st.lists(pieces, max_size=6).map(b"\n".join),
    st.lists(pieces, max_size=6).map(lambda said: b"[" + b",".join(said) + b"]"),
    st.binary(max_size=300),
)
paths = st.sampled_from(["/v1/reports", "/epas", "/epas/a", "/cmcd", "/cmcd/A", "/cmcd/a/b", "/x"])
queries = st.binary(max_size=40) | st.sampled_from(
    [b"", b"channel=a", b"interval=nan", b"CMCD=sid%3D%22s%22,cid%3D%22a%22"]
)


class Machine:
    """A collector called without a server in between."""

    def __init__(self) -> None:
        self.log, self.counts = MemoryLog(), Counts()
        self.folder = tempfile.TemporaryDirectory()
        policy = Policy(Rules(), IDENTITY, max_body=LIMIT, max_reports=MOST, max_channels=3)
        quarantine = Quarantine(Path(self.folder.name))
        self.collector = Collector(policy, self.log, quarantine, lambda: NOW, self.counts)

    def call(self, method: str, path: str, query: bytes, body: bytes, encoding: bytes) -> Any:
        incoming = [
            {"type": "http.request", "body": body[:100], "more_body": True},
            {"type": "http.request", "body": body[100:], "more_body": False},
        ]
        sent: list[Mapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return incoming.pop(0)

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        headers = [(b"content-encoding", encoding), (b"user-agent", body[:40])]
        scope = {"method": method, "path": path, "query_string": query, "headers": headers}
        asyncio.run(self.collector(scope, receive, send))
        return sent[0]["status"], sent[1]["body"]


@given(
    st.sampled_from(["POST", "GET", "PUT"]), paths, queries, bodies, st.sampled_from([b"", b"gzip"])
)
def test_the_answer_is_never_an_error_of_ours_and_every_report_is_accounted_for(
    method: str, path: str, query: bytes, body: bytes, encoding: bytes
) -> None:
    machine = Machine()
    with machine.folder:
        sent = gzip.compress(body) if encoding else body
        status, answer = machine.call(method, path, query, sent, encoding)
    accepted, refused = len(machine.log.reports), machine.counts.refused.total()
    assert status in TAKEN | {400, 404, 405, 413}
    assert (status in TAKEN) == (accepted > 0)
    assert machine.counts.accepted.total() == accepted
    if status in {202, 400, 413}:
        said = json.loads(answer)
        assert (said["accepted"], len(said["rejected"])) == (accepted, refused)
        for rejected in said["rejected"]:
            assert rejected["message"] == Reason(rejected["reason"]).sentence
    if status in {202, 204} and method == "POST" and not body.lstrip().startswith((b"[", b"{")):
        assert accepted + refused == len([line for line in body.split(b"\n") if line.strip()])


@given(st.lists(objects | good | values, min_size=1, max_size=10))
def test_lines_and_elements_of_an_array_are_judged_alike(said: list[Any]) -> None:
    lines = b"\n".join(json.dumps(one).encode() for one in said)
    answers = []
    for body in (lines, json.dumps(said).encode()):
        machine = Machine()
        with machine.folder:
            status, answer = machine.call("POST", "/v1/reports", b"", body, b"")
        answers.append((status, json.loads(answer), machine.log.reports))
    # A single line that is an array, or nothing but brackets, is read as what it looks like.
    if len(said) > 1 or isinstance(said[0], dict):
        assert answers[0] == answers[1]
        assert answers[0][1]["accepted"] + len(answers[0][1]["rejected"]) == len(said)
