"""Every request that real players sent, to a collector over HTTP: it gets what the player needs."""

import json
from collections.abc import Callable, Iterator

import pytest

from audience.rules import Rules
from ingest.collector import Policy
from tests.ingest.collecting import IDENTITY, Answer, Collecting
from tests.recordings_replay import (
    DASH_EVENTS,
    EPAS,
    HLS_EVENTS,
    HLS_REQUESTS,
    PLAIN,
    PLAYERS,
    Run,
    Sent,
    in_our_words,
    runs,
    target,
)

CHANNEL = "test-vod-1"
# Some runs configure no content id: the channel is then named in the address or here.
POLICY = Policy(Rules(), IDENTITY, default_channel="main")
# dash.js sends the keys it is told to send, and by default no `sid`.
WITHOUT_KEYS = "minimal-config-no-keys-default-interval"

Collect = Callable[[Policy], Collecting]


def replay(collecting: Collecting, run: Run) -> Iterator[tuple[Sent, Answer]]:
    channel = CHANNEL if run.player in {EPAS, HLS_REQUESTS} else ""
    for sent in run.requests:
        collecting.clock.now = sent.received
        path = target(run.player, sent, channel)
        yield sent, collecting.send(path, sent.body, sent.method, sent.headers)


def every(player: str, without: str = "") -> list[object]:
    return [pytest.param(run, id=run.name) for run in runs(player) if run.name != without]


@pytest.mark.parametrize("player", PLAYERS)
def test_every_preflight_is_granted_for_a_day(collect: Collect, player: str) -> None:
    collecting = collect(POLICY)
    for run in runs(player):
        for sent, answer in replay(collecting, run):
            if sent.method != "OPTIONS":
                continue
            assert answer.status == 204
            assert answer.headers["access-control-allow-origin"] == sent.headers["Origin"]
            assert answer.headers["access-control-max-age"] == "86400"
            wanted = sent.headers["Access-Control-Request-Headers"].lower().split(",")
            granted = answer.headers["access-control-allow-headers"].lower().split(", ")
            assert set(wanted) <= set(granted)
            method = sent.headers["Access-Control-Request-Method"]
            assert method in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("run", every(HLS_EVENTS) + every(DASH_EVENTS, without=WITHOUT_KEYS))
def test_every_line_of_cmcd_events_is_taken_and_answered_204(collect: Collect, run: Run) -> None:
    collecting, lines = collect(POLICY), 0
    for sent, answer in replay(collecting, run):
        if sent.method == "POST":
            assert (answer.status, answer.body) == (204, b"")
            assert answer.headers["access-control-allow-origin"] == sent.headers["Origin"]
            lines += sent.body.count(b"\n")
    assert len(collecting.log.reports) == lines > 0
    assert {report.clock for report in collecting.log.reports} == {"client"}
    assert {report.platform for report in collecting.log.reports} == {"web"}


def test_dash_js_with_default_keys_is_told_that_the_session_is_missing(collect: Collect) -> None:
    collecting = collect(POLICY)
    (run,) = [run for run in runs(DASH_EVENTS) if run.name == WITHOUT_KEYS]
    for sent, answer in replay(collecting, run):
        if sent.method == "POST":
            assert (answer.status, answer.reasons) == (400, [(0, "no_session")])


@pytest.mark.parametrize("run", every(EPAS))
def test_every_epas_event_is_answered_as_the_sdk_needs(collect: Collect, run: Run) -> None:
    collecting = collect(POLICY)
    for sent, answer in replay(collecting, run):
        if sent.method != "POST":
            continue
        event = json.loads(sent.body)
        session = event.get("sessionId")
        if event["event"] == "init":
            assert answer.status == 200
            assert answer.json.keys() == {"sessionId", "heartbeatInterval"}
            assert answer.json["heartbeatInterval"] == 30_000
            assert answer.json["sessionId"] == (session or answer.json["sessionId"])
        elif session:
            assert (answer.status, answer.json) == (200, {"sessionId": session, "valid": True})
        else:
            # This SDK does not take over a session id it is issued: nobody knows whose event it is.
            assert (answer.status, answer.reasons) == (400, [(0, "no_session")])
    assert {report.clock for report in collecting.log.reports} == {"client"}
    assert {report.channel for report in collecting.log.reports} == {CHANNEL}


@pytest.mark.parametrize("run", every(HLS_REQUESTS))
def test_every_media_request_with_cmcd_is_an_unnamed_report(collect: Collect, run: Run) -> None:
    collecting = collect(POLICY)
    for sent, answer in replay(collecting, run):
        assert (answer.status, answer.headers["cache-control"]) == (204, "no-store")
        assert collecting.log.reports[-1].t == sent.received
    assert len(collecting.log.reports) == len(run.requests)
    assert {report.state for report in collecting.log.reports} == {None}
    assert len({report.session for report in collecting.log.reports}) == 1


@pytest.mark.parametrize("run", every(PLAIN))
def test_every_transport_of_a_plain_page_carries_our_reports(collect: Collect, run: Run) -> None:
    collecting, sessions = collect(POLICY), set()
    for sent in run.requests:
        if sent.method != "POST" or _is_form(sent):
            continue
        collecting.clock.now = sent.received
        ours = in_our_words(sent)
        answer = collecting.send("/v1/reports", ours.body, "POST", ours.headers)
        assert (answer.status, answer.json["rejected"]) == (202, [])
        assert answer.headers["access-control-allow-origin"] == sent.headers["Origin"]
        sessions |= {report.session for report in collecting.log.reports}
    assert len(sessions) == 1
    assert {report.clock for report in collecting.log.reports} == {"client"}


@pytest.mark.parametrize("run", every(PLAIN))
def test_a_page_with_words_of_its_own_is_told_what_is_wrong(collect: Collect, run: Run) -> None:
    collecting = collect(POLICY)
    for sent, answer in replay(collecting, run):
        if sent.method == "GET":
            assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")
        elif sent.method == "POST":
            reasons = {"malformed", "not_an_object"} if _is_form(sent) else {"bad_time"}
            assert answer.status == 400
            assert {reason for _, reason in answer.reasons} <= reasons
    assert collecting.log.reports == []


def test_a_run_can_be_shifted_to_another_time() -> None:
    for player in (HLS_EVENTS, EPAS):
        run = runs(player)[0]
        later = run.shifted(86_400_000)
        assert len(later.page_log) == len(run.page_log) > 0
        assert later.shifted(-86_400_000) == run
        for sent, before in zip(later.requests, run.requests, strict=True):
            assert (sent.body == before.body) == (sent.method == "OPTIONS")
    assert {run.interval for run in runs(DASH_EVENTS)} >= {5.0, 30.0}


def _is_form(sent: Sent) -> bool:
    content_type = sent.headers.get("Content-Type", "")
    return content_type.startswith(("multipart/form-data", "application/x-www-form-urlencoded"))
