"""Bad input over HTTP, for every protocol: the right answer and reason, the good ones kept."""

import gzip
import json
import re
from collections import Counter

import pytest

from ingest.platforms import PLATFORMS
from ingest.reasons import Reason
from tests.ingest.collecting import NOW, POLICY, Answer, Collecting

LONG = "x" * 129
YEARS = 10 * 365 * 86_400_000
LIMIT = POLICY.max_body


def report(**fields: object) -> bytes:
    return json.dumps({"session": "s", "channel": "news", "state": "playing"} | fields).encode()


def event(**fields: object) -> bytes:
    said = {"event": "playing", "sessionId": "s", "shardId": "news", "timestamp": NOW}
    return json.dumps(said | fields).encode()


REPORTS = [
    (b"", "empty"),
    (b" \n ", "empty"),
    (b"[]", "empty"),
    (b"hello", "malformed"),
    (b'{"session":"s"', "malformed"),
    (b"\xff\xfe\x00", "malformed"),
    (report().decode().encode("utf-16"), "malformed"),
    (b"3", "not_an_object"),
    (b"null", "not_an_object"),
    (b'["session"]', "not_an_object"),
    (b"[" * 10_000, "too_nested"),
    (b'{"session":' * 5_000, "too_nested"),
    (report(x=[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]), "too_nested"),
    (b'{"channel":"news"}', "no_session"),
    (report(session=None), "no_session"),
    (report(session=""), "no_session"),
    (report(session=7), "bad_session"),
    (report(session=["s"]), "bad_session"),
    (report(session=LONG), "bad_session"),
    (report(session="a\r\nb"), "bad_session"),
    (report(session="a\x00b"), "bad_session"),
    (b'{"session":"\\ud800","channel":"news"}', "bad_session"),
    (b'{"session":"\xed\xa0\x80","channel":"news"}', "bad_session"),
    (b'{"session":"\xff","channel":"news"}', "bad_session"),
    (report(viewer=LONG), "bad_viewer"),
    (report(viewer=True), "bad_viewer"),
    (report(viewer="\x1b[31m"), "bad_viewer"),
    (report(channel=None), "no_channel"),
    (report(channel=""), "no_channel"),
    (report(channel=5), "bad_channel"),
    (report(channel="News"), "bad_channel"),
    (report(channel="-news"), "bad_channel"),
    (report(channel="*"), "bad_channel"),
    (report(channel="news\n"), "bad_channel"),
    (report(channel="n" * 65), "bad_channel"),
    (report(state="dancing"), "unknown_state"),
    (report(state=3), "unknown_state"),
    (report(state="Playing"), "unknown_state"),
    (report(state="\ud800"), "unknown_state"),
    (b'{"session":"s","\\udfff":NaN}', "no_channel"),
    (report(ts="2026-11-24T22:24:58.687Z"), "bad_time"),
    (report(ts=True), "bad_time"),
    (report(ts=float("nan")), "bad_time"),
    (report(ts=float("-inf")), "bad_time"),
    (b'{"session":"s","channel":"news","ts":1e400}', "bad_time"),
    (report(playhead=float("nan")), "bad_playhead"),
    (report(playhead=float("inf")), "bad_playhead"),
    (report(playhead="12"), "bad_playhead"),
    (b'{"session":"s","channel":"news","playhead":1e999}', "bad_playhead"),
    (report(interval="30"), "bad_interval"),
    (report(interval=float("nan")), "bad_interval"),
    (report(seq=-1), "bad_seq"),
    (report(seq=2**63), "bad_seq"),
    (report(seq=10**40), "bad_seq"),
    (report(seq=1.5), "bad_seq"),
    (report(platform="x" * 65), "bad_text"),
    (report(app="tv\r\n4.2"), "bad_text"),
    (report(app="line\u2028separator"), "bad_text"),
    (report(country="IDN"), "bad_text"),
    (report(country="1D"), "bad_text"),
    (b'{"session":"s","channel":"news","seq":' + b"9" * 10_000 + b"}", "malformed"),
]
EPAS = [
    (b"", "empty"),
    (b"hello", "malformed"),
    (b"[" + event() + b"]", "not_an_object"),
    (b"[" * 10_000, "too_nested"),
    (event(event=None), "unknown_event"),
    (event(event="dance"), "unknown_event"),
    (event(event=["init"]), "unknown_event"),
    (event(sessionId=None), "no_session"),
    (event(sessionId=5), "bad_session"),
    (event(sessionId=LONG), "bad_session"),
    (event(sessionId="a\r\nb"), "bad_session"),
    (event(sessionId="a\x00b"), "bad_session"),
    (b'{"event":"init","sessionId":"\\udc00","shardId":"news"}', "bad_session"),
    (event(shardId=None), "no_channel"),
    (event(shardId="News 1"), "bad_channel"),
    (event(shardId=1), "bad_channel"),
    (event(shardId=1, payload={"\ud800": "\udfff"}), "bad_channel"),
    (event(event="\udfff"), "unknown_event"),
    (event(timestamp="now"), "bad_time"),
    (event(timestamp=float("nan")), "bad_time"),
    (event(playhead=float("inf")), "bad_playhead"),
    (event(playhead={}), "bad_playhead"),
]
CMCD = [
    (b"", "empty"),
    (b"\n\n", "empty"),
    (b"\xff\xfe\x00", "malformed"),
    (event(), "malformed"),
    (b"(" * 10_000, "malformed"),
    (b'cid="news",sta=p', "no_session"),
    (b'cid="news",sid', "bad_session"),
    (b'cid="news",sid=5', "bad_session"),
    (b'cid="news",sid=""', "no_session"),
    (b'cid="news",sid="%s"' % LONG.encode(), "bad_session"),
    (b'cid="news",sid="\xed\xa0\x80"', "bad_session"),
    (b'cid="news",sid="a\x00b"', "malformed"),
    (b'cid="news",sid="a\rb"', "malformed"),
    (b'sid="s"', "no_channel"),
    (b'sid="s",cid="News"', "bad_channel"),
    (b'sid="s",cid=5', "bad_channel"),
    (b'sid="s",cid="news",sta=z', "unknown_state"),
    (b'sid="s",cid="news",sta=playing', "unknown_state"),
    (b'sid="s",cid="news",sta=a\xff', "unknown_state"),
    (b'sid="s",cid="news",ts="now"', "bad_time"),
    (b'sid="s",cid="news",ts=nan', "bad_time"),
    (b'sid="s",cid="news",pt=nan', "bad_playhead"),
    (b'sid="s",cid="news",sn=-1', "bad_seq"),
    (b'sid="s",cid="news",sn=9223372036854775808', "bad_seq"),
    (b'sid="s",cid="news",sn=1.5', "bad_seq"),
]
ALL = [
    (path, body, reason)
    for path, cases in (("/v1/reports", REPORTS), ("/epas", EPAS), ("/cmcd", CMCD))
    for body, reason in cases
]
GOOD = {
    "/v1/reports": report(),
    "/epas": event(),
    "/cmcd": b'sid="s",cid="news",sta=p',
}


def refused(collecting: Collecting, answer: Answer, status: int, reason: str) -> None:
    assert answer.status == status
    assert answer.json == {
        "accepted": 0,
        "rejected": [{"index": 0, "reason": reason, "message": Reason(reason).sentence}],
    }
    assert collecting.log.reports == []


def test_every_bad_body_is_answered_400_with_its_reason_and_kept_in_quarantine(
    collecting: Collecting,
) -> None:
    for path, body, reason in ALL:
        refused(collecting, collecting.send(path, body), 400, reason)
    kept = list(collecting.quarantine.read())
    assert [(one.path, one.reason) for one in kept] == [(path, reason) for path, _, reason in ALL]
    counted: Counter[str] = Counter()
    for (_, _, label), reports in collecting.counts.refused.items():
        counted[label] += reports
    assert counted == Counter(reason for _, _, reason in ALL)


@pytest.mark.parametrize("path", ["/v1/reports", "/cmcd"])
def test_one_bad_report_in_the_middle_of_a_batch_costs_only_itself(
    collecting: Collecting, path: str
) -> None:
    cases = [case for case in ALL if case[0] == path and case[2] != "empty"]
    for _, body, reason in cases:
        if b"\n" in body or body[:1] == b"[" or b"\x00" in body[:3]:
            continue
        collecting.log.reports.clear()
        answer = collecting.send(path, b"\n".join([GOOD[path], body, GOOD[path]]))
        assert answer.status == (202 if path == "/v1/reports" else 204), body
        if answer.body:
            assert answer.reasons == [(1, reason)]
        assert len(collecting.log.reports) == 2
        assert list(collecting.quarantine.read())[-1].body == body
    assert len(cases) > 15


def test_one_bad_element_of_an_array_costs_only_itself(collecting: Collecting) -> None:
    for body, reason in REPORTS:
        if body[:1] != b"{" or not body.endswith(b"}") or reason == "malformed":
            continue
        collecting.log.reports.clear()
        answer = collecting.send("/v1/reports", b"[" + b",".join([report(), body, report()]) + b"]")
        assert (answer.status, answer.reasons) == (202, [(1, reason)]), body
        assert len(collecting.log.reports) == 2


@pytest.mark.parametrize("years", [-YEARS, YEARS, 10**30, -(10**18)])
def test_a_time_ten_years_off_is_ours_instead(collecting: Collecting, years: int) -> None:
    time = NOW + years
    assert collecting.send("/v1/reports", report(ts=time)).status == 202
    assert collecting.send("/v1/reports", report(ts=float(time) + 0.5)).status == 202
    assert collecting.send("/epas", event(timestamp=time)).status == 200
    if abs(time) < 10**30:
        assert collecting.send("/cmcd", b'sid="s",cid="news",ts=%d' % time).status == 204
    assert {(one.t, one.clock) for one in collecting.log.reports} == {(NOW, "server")}


def test_a_time_with_a_fraction_of_a_ms_is_cut_to_the_whole(collecting: Collecting) -> None:
    collecting.send("/v1/reports", report(ts=NOW - 10.25))
    assert collecting.log.reports[0].t == NOW - 11


@pytest.mark.parametrize("path", GOOD)
def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_not(
    collecting: Collecting, path: str
) -> None:
    body = GOOD[path].ljust(LIMIT)
    assert collecting.send(path, body).status in {200, 202, 204}
    collecting.log.reports.clear()
    refused(collecting, collecting.send(path, body + b" "), 413, "too_large")
    packed = gzip.compress(body)
    gzipped = {"Content-Encoding": "gzip"}
    assert collecting.send(path, packed, headers=gzipped).status in {200, 202, 204}


@pytest.mark.parametrize("path", GOOD)
def test_a_body_far_over_the_limit_is_answered_all_the_same(
    collecting: Collecting, path: str
) -> None:
    refused(collecting, collecting.send(path, b"x" * 3 * LIMIT), 413, "too_large")
    assert collecting.send(path, GOOD[path]).status in {200, 202, 204}


@pytest.mark.parametrize("path", GOOD)
def test_a_gzip_bomb_is_not_inflated(collecting: Collecting, path: str) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < LIMIT
    answer = collecting.send(path, bomb, headers={"Content-Encoding": "gzip"})
    refused(collecting, answer, 413, "too_large")


@pytest.mark.parametrize("path", GOOD)
def test_broken_gzip_is_refused(collecting: Collecting, path: str) -> None:
    whole = gzip.compress(GOOD[path])
    for body in (GOOD[path], whole[:-1], whole + b"x", b"\x1f\x8b"):
        answer = collecting.send(path, body, headers={"Content-Encoding": "gzip"})
        refused(collecting, answer, 400, "bad_gzip")


@pytest.mark.parametrize("path", GOOD)
def test_an_unknown_encoding_is_refused(collecting: Collecting, path: str) -> None:
    answer = collecting.send(path, GOOD[path], headers={"Content-Encoding": "br"})
    refused(collecting, answer, 415, "unknown_encoding")


@pytest.mark.parametrize("path", ["/v1/reports", "/cmcd"])
def test_more_reports_than_allowed_are_refused_whole(collecting: Collecting, path: str) -> None:
    most = POLICY.max_reports
    assert collecting.send(path, b"\n".join([GOOD[path]] * most)).status in {202, 204}
    collecting.log.reports.clear()
    for count in (most + 1, 3 * most):
        answer = collecting.send(path, b"\n".join([GOOD[path]] * count))
        refused(collecting, answer, 413, "too_many_reports")


@pytest.mark.parametrize("channel", ["News", "a%0d%0ab", "a%00", "a/b", "%C3%A9", "n" * 65, "*"])
def test_a_path_with_a_channel_outside_the_pattern_is_refused(
    collecting: Collecting, channel: str
) -> None:
    for base in ("/epas", "/cmcd"):
        answer = collecting.send(f"{base}/{channel}", GOOD[base])
        refused(collecting, answer, 400, "bad_channel")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "empty"),
        ("?CMCD=", "empty"),
        ("?CMCD=sid", "bad_session"),
        ("?CMCD=su", "no_session"),
        ("?CMCD=%00", "malformed"),
        ("?CMCD=%ED%A0%80", "malformed"),
        ("?CMCD=sid%3D%22a%0D%0Ab%22", "malformed"),
        ("?CMCD=%28%28%28", "malformed"),
        ("?" + "a=1&" * 200, "malformed"),
        ("?interval=x&CMCD=sid%3D%22s%22", "bad_interval"),
    ],
)
def test_bad_cmcd_on_a_request_is_refused(collecting: Collecting, query: str, reason: str) -> None:
    answer = collecting.send("/cmcd/news" + query, method="GET")
    refused(collecting, answer, 400, reason)


def test_nothing_a_player_writes_reaches_a_log_line_or_a_label_raw(
    collecting: Collecting, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    evil = "evil\r\n\x1b[31m\x00"
    headers = {"User-Agent": "evil-agent"}
    for body in (report(session=evil), report(app=evil), report(channel=evil), b"evil\r\n\x00"):
        collecting.send("/v1/reports", body, headers=headers)
        collecting.send("/epas/evil%0d%0a", body, headers=headers)
        collecting.send("/cmcd?channel=evil%0d%0a", body, headers=headers)
    collecting.send("/v1/reports", report(platform="evil"), headers=headers)
    assert "evil" not in caplog.text + "".join(capfd.readouterr())
    labels = [*collecting.counts.accepted, *collecting.counts.refused]
    for platform, protocol, reason in collecting.counts.refused:
        assert platform in PLATFORMS
        assert protocol in {"json", "epas", "cmcd1", "cmcd2"}
        assert Reason(reason).sentence
    assert all(re.fullmatch("[a-z0-9_.-]*", label) for key in labels for label in key)
