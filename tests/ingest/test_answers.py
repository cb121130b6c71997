"""What the collector answers over HTTP to requests that are well meant."""

import gzip
import json
from collections.abc import Callable, Sequence

import pytest

from audience.reports import Report
from audience.rules import Rules
from ingest.collector import Policy
from tests.ingest.collecting import IDENTITY, NOW, Collecting

ONE = {"session": "s", "viewer": "v", "channel": "news", "state": "playing", "ts": NOW - 50}
PAGE = {"Origin": "https://tv.example"}


def test_a_report_is_stored_field_by_field_and_answered_202(collecting: Collecting) -> None:
    full = {
        **ONE,
        "playhead": 12.5,
        "interval": 10,
        "seq": 7,
        "platform": "Android",
        "app": "tv 4.2",
        "country": "id",
    }
    answer = collecting.send("/v1/reports", json.dumps(full))
    assert (answer.status, answer.json) == (202, {"accepted": 1, "rejected": []})
    assert collecting.log.reports == [
        Report(
            t=NOW - 50,
            viewer=IDENTITY("v"),
            session=IDENTITY("s"),
            channel="news",
            state="playing",
            playhead=12.5,
            interval=10_000,
            seq=7,
            received=NOW,
            clock="client",
            protocol="json",
            platform="android",
            app="tv 4.2",
            country="ID",
        )
    ]
    assert collecting.counts.accepted == {("news", "android", "json"): 1}


def test_what_a_report_leaves_out_is_filled_in(collecting: Collecting) -> None:
    assert collecting.send("/v1/reports?channel=news", '{"session":"s"}').status == 202
    assert collecting.log.reports == [
        Report(
            t=NOW,
            viewer=IDENTITY("s"),
            session=IDENTITY("s"),
            channel="news",
            interval=30_000,
            received=NOW,
            clock="server",
            protocol="json",
        )
    ]


@pytest.mark.parametrize(
    ("seconds", "ms"),
    [
        (None, 30_000),
        (-1, 5_000),
        (4.999, 5_000),
        (5.001, 5_001),
        (30, 30_000),
        (40, 40_000),
        (40.001, 40_000),
        (1e308, 40_000),
    ],
)
def test_the_interval_is_clamped_to_5_s_and_the_longest(
    collecting: Collecting, seconds: float | None, ms: int
) -> None:
    collecting.send("/v1/reports", json.dumps(ONE | {"interval": seconds}))
    assert collecting.log.reports[0].interval == ms


@pytest.mark.parametrize(
    ("said", "kept"), [(-1, None), (-0.001, None), (None, None), (-0.0, 0.0), (0, 0.0), (3, 3.0)]
)
def test_a_negative_playhead_is_unknown_and_a_negative_zero_is_zero(
    collecting: Collecting, said: float | None, kept: float | None
) -> None:
    collecting.send("/v1/reports", json.dumps(ONE | {"playhead": said}))
    assert str(collecting.log.reports[0].playhead) == str(kept)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain;charset=UTF-8", None])
def test_any_content_type_will_do(collecting: Collecting, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert collecting.send("/v1/reports", json.dumps(ONE), headers=headers).status == 202


def test_a_gzipped_body_is_inflated(collecting: Collecting) -> None:
    body = gzip.compress(b"\n".join([json.dumps(ONE).encode()] * 3))
    answer = collecting.send("/v1/reports", body, headers={"Content-Encoding": "GZIP"})
    assert (answer.status, answer.json["accepted"]) == (202, 3)


def test_epas_init_is_answered_with_a_session_and_an_interval(collecting: Collecting) -> None:
    answer = collecting.send("/epas/news", '{"event":"init","timestamp":1,"playhead":-1}')
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    session = answer.json["sessionId"]
    assert answer.json == {"sessionId": session, "heartbeatInterval": 30_000}
    event = json.dumps({"event": "playing", "sessionId": session, "timestamp": NOW})
    answer = collecting.send("/epas/news/", event)
    assert (answer.status, answer.json) == (200, {"sessionId": session, "valid": True})
    assert [report.session for report in collecting.log.reports] == [IDENTITY(session)] * 2
    assert [report.state for report in collecting.log.reports] == ["preloading", "playing"]


@pytest.mark.parametrize(("longest", "told"), [(5_000, 5_000), (29_999, 29_999), (600_000, 30_000)])
def test_epas_players_are_told_no_interval_that_is_longer_than_is_taken(
    collect: Callable[[Policy], Collecting], longest: int, told: int
) -> None:
    collecting = collect(Policy(Rules(max_interval=longest), IDENTITY))
    answer = collecting.send("/epas/news", '{"event":"init"}')
    assert answer.json["heartbeatInterval"] == told
    assert collecting.log.reports[0].interval == told


def test_cmcd_events_are_answered_204_when_at_least_one_is_good(collecting: Collecting) -> None:
    body = f'cid="news",sid="s",sta=p,sn=3,ts={NOW - 7},v=2\ncid="news",sta=p\n'
    answer = collecting.send("/cmcd", body, headers={"Content-Type": "application/cmcd"})
    assert (answer.status, answer.body) == (204, b"")
    (report,) = collecting.log.reports
    assert (report.t, report.seq, report.interval) == (NOW - 7, 3, 30_000)
    assert report.protocol == "cmcd2"
    assert collecting.counts.refused == {("", "cmcd2", "no_session"): 1}
    answer = collecting.send("/cmcd", 'cid="news",sta=p')
    assert (answer.status, answer.reasons) == (400, [(0, "no_session")])


def test_the_address_of_cmcd_names_channel_and_interval(collecting: Collecting) -> None:
    assert collecting.send("/cmcd/radio-1?interval=5", 'sid="s",cid="other"').status == 204
    assert collecting.log.reports[0].channel == "radio-1"
    assert collecting.log.reports[0].interval == 5_000
    answer = collecting.send("/cmcd/radio-1?interval=soon", 'sid="s"')
    assert (answer.status, answer.reasons) == (400, [(0, "bad_interval")])


def test_cmcd_on_a_request_is_an_unnamed_report_every_ten_seconds(collecting: Collecting) -> None:
    answer = collecting.send("/cmcd/news?CMCD=bl%3D0%2Csid%3D%22s%22%2Csu", method="GET")
    assert (answer.status, answer.headers["cache-control"]) == (204, "no-store")
    headers = {"CMCD-Session": 'sid="s",st=l', "CMCD-Object": "br=500"}
    assert collecting.send("/cmcd/news", method="GET", headers=headers).status == 204
    for report in collecting.log.reports:
        assert (report.state, report.interval, report.clock) == (None, 10_000, "server")
        assert (report.channel, report.protocol) == ("news", "cmcd1")
        assert report.session == IDENTITY("s")


def test_a_page_of_any_origin_is_preflighted_for_a_day(collecting: Collecting) -> None:
    for path in ("/v1/reports", "/epas", "/epas/news", "/cmcd", "/cmcd/news"):
        answer = collecting.send(path, method="OPTIONS", headers=PAGE)
        assert (answer.status, answer.body) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == "https://tv.example"
        assert answer.headers["access-control-max-age"] == "86400"
        assert "POST" in answer.headers["access-control-allow-methods"]
        allowed = answer.headers["access-control-allow-headers"].lower()
        for header in ("content-type", "x-epas-event", "x-epas-version"):
            assert header in allowed
        assert "access-control-allow-credentials" not in answer.headers


def test_every_answer_lets_the_page_read_it(collecting: Collecting) -> None:
    for method, path, body in (
        ("POST", "/v1/reports", json.dumps(ONE)),
        ("POST", "/v1/reports", ""),
        ("PUT", "/v1/reports", ""),
        ("POST", "/nowhere", ""),
    ):
        answer = collecting.send(path, body, method, PAGE)
        assert answer.headers["access-control-allow-origin"] == "https://tv.example"
        assert answer.headers["vary"] == "Origin"
    assert "vary" not in collecting.send("/v1/reports", json.dumps(ONE)).headers


def test_credentials_are_for_listed_origins_only(collect: Callable[[Policy], Collecting]) -> None:
    collecting = collect(Policy(Rules(), IDENTITY, allowed_origins=("https://tv.example",)))
    listed = collecting.send("/epas", method="OPTIONS", headers=PAGE)
    assert listed.headers["access-control-allow-credentials"] == "true"
    other = collecting.send("/epas", method="OPTIONS", headers={"Origin": "https://x.example"})
    assert not [name for name in other.headers if name.startswith("access-control")]
    answer = collecting.send("/v1/reports", json.dumps(ONE), headers={"Origin": "null"})
    assert answer.status == 202


def test_other_methods_and_other_paths_are_told_so(collecting: Collecting) -> None:
    answer = collecting.send("/v1/reports", method="GET")
    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")
    answer = collecting.send("/cmcd/news", method="DELETE")
    assert (answer.status, answer.headers["allow"]) == (405, "POST, GET, OPTIONS")
    for path in ("/", "/v1/report", "/v1/reports/x", "/epasx", "/cmcdx"):
        assert collecting.send(path, json.dumps(ONE)).status == 404
        assert not collecting.collector.handles(path)
    assert collecting.collector.handles("/epas/a")


def test_storage_that_cannot_take_reports_is_answered_503_and_nothing_is_counted(
    collecting: Collecting,
) -> None:
    collecting.log.full = 7
    for path, body in (
        ("/v1/reports", json.dumps(ONE) + "\nnot json"),
        ("/epas/news", '{"event":"init"}'),
        ("/cmcd/news", 'sid="s"'),
    ):
        answer = collecting.send(path, body, headers=PAGE)
        assert (answer.status, answer.headers["retry-after"]) == (503, "7")
        assert answer.headers["access-control-allow-origin"] == "https://tv.example"
    assert not collecting.counts.accepted
    assert not collecting.counts.refused
    assert list(collecting.quarantine.read()) == []
    collecting.log.full = 0
    assert collecting.send("/v1/reports", json.dumps(ONE)).status == 202


def test_received_never_runs_backwards(collecting: Collecting) -> None:
    for now in (NOW, NOW - 5_000, NOW + 1):
        collecting.clock.now = now
        collecting.send("/v1/reports", json.dumps(ONE))
    assert _received(collecting.log.reports) == [NOW, NOW, NOW + 1]


def _received(reports: Sequence[Report]) -> list[int]:
    return [report.received for report in reports]


def test_a_collector_takes_so_many_channels_and_no_new_one(
    collect: Callable[[Policy], Collecting],
) -> None:
    collecting = collect(Policy(Rules(), IDENTITY, default_channel="main", max_channels=2))
    said: list[dict[str, object]] = [{"session": 1}]
    said += [{"session": "s", "channel": name} for name in ("a", "b", None)]
    answer = collecting.send("/v1/reports", json.dumps(said))
    assert answer.json["accepted"] == 2
    assert answer.reasons == [(0, "bad_session"), (2, "too_many_channels")]
    assert [report.channel for report in collecting.log.reports] == ["a", "main"]
    answer = collecting.send("/epas/c", '{"event":"init"}')
    assert (answer.status, answer.reasons) == (400, [(0, "too_many_channels")])
    assert collecting.send("/epas/a", '{"event":"init"}').status == 200


def test_the_user_agent_says_the_platform_where_the_report_does_not(collecting: Collecting) -> None:
    headers = {"User-Agent": "AppleCoreMedia/1.0 (Apple TV; U; CPU OS 18_0 like Mac OS X)"}
    collecting.send("/cmcd/news", 'sid="s"', headers=headers)
    collecting.send("/v1/reports", json.dumps(ONE | {"platform": "web"}), headers=headers)
    collecting.send("/v1/reports", json.dumps(ONE | {"platform": "x" * 64}), headers=headers)
    assert [report.platform for report in collecting.log.reports] == ["tv", "web", "other"]
