"""What each protocol's parse makes of what its players send; pure, without HTTP."""

import json

import pytest

from audience.states import STATES, State
from ingest.drafts import Context, Draft, Parsed, settle
from ingest.endpoints import ENDPOINTS, context_of
from ingest.protocols import cmcd, epas, reports
from ingest.reasons import Reason, Reject

PLAIN = Context(fallback="main")


def said(body: object, context: Context = PLAIN) -> Parsed:
    return reports.parse(json.dumps(body).encode(), context, 100)


def event(context: Context = PLAIN, **fields: object) -> Parsed:
    return epas.parse(json.dumps(fields).encode(), context, lambda: "issued")


def line(text: str, context: Context = PLAIN) -> Draft:
    (draft,) = cmcd.parse(text.encode(), context, 100).drafts
    return draft


def test_our_json_is_an_object_an_array_or_lines_and_all_say_the_same() -> None:
    one = {"session": "s", "viewer": "v", "channel": "news", "state": "playing", "seq": 3}
    text = json.dumps(one).encode()
    bodies = [text, b" " + text + b"\n", b"[" + text + b"]", json.dumps(one, indent=2).encode()]
    for body in bodies:
        assert reports.parse(body, PLAIN, 100).drafts == said(one).drafts
    assert reports.parse(text + b"\r\n\r\n" + text, PLAIN, 100).drafts == said([one, one]).drafts


def test_every_state_of_the_table_can_be_named_and_none_need_be() -> None:
    for state in (*STATES, None):
        (draft,) = said({"session": "s", "state": state}).drafts
        assert draft.state == state


def test_a_channel_in_the_body_wins_over_the_query_and_a_path_over_both() -> None:
    (draft,) = said({"session": "s", "channel": "body"}, Context(fallback="query")).drafts
    assert draft.channel == "body"
    draft = line('sid="s",cid="line"', Context(channel="path", fallback="query"))
    assert draft.channel == "path"


def test_fields_nobody_knows_are_let_be() -> None:
    assert said({"session": "s", "mood": {"a": [1, {"b": None}]}}).refusals == []


def test_a_report_with_32_brackets_is_taken_and_with_33_refused() -> None:
    for brackets, taken in ((32, True), (33, False)):
        body = {"session": "s", "x": "[" * (brackets - 1)}
        for batch in (body, [body], [{"session": "s"}, body]):
            parsed = said(batch)
            assert bool(parsed.refusals) is not taken
            assert {refusal.reason for refusal in parsed.refusals} <= {Reason.TOO_NESTED}


def test_as_many_reports_as_allowed_are_taken_and_one_more_is_refused() -> None:
    one = b'{"session":"s"}'
    for body in (b"\n".join([one] * 100), b"[" + b",".join([one] * 100) + b"]"):
        assert len(reports.parse(body, PLAIN, 100).drafts) == 100
        with pytest.raises(Reject, match="more reports"):
            reports.parse(body, PLAIN, 99)


@pytest.mark.parametrize("body", [b"\n" * 90, b"\n" * 190])
def test_lines_of_nothing_are_no_report(body: bytes) -> None:
    for parse in (reports.parse, cmcd.parse):
        with pytest.raises(Reject, match="no report"):
            parse(body, PLAIN, 100)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("init", "preloading"),
        ("loading", "preloading"),
        ("loaded", "preloading"),
        ("playing", "playing"),
        ("paused", "paused"),
        ("buffering", "rebuffering"),
        ("buffered", "playing"),
        ("seeking", "seeking"),
        ("stopped", "quit"),
        ("error", "failed"),
        ("heartbeat", None),
        ("metadata", None),
        ("seeked", None),
        ("bitrate_changed", None),
        ("warning", None),
    ],
)
def test_an_epas_event_says_a_state_or_none(name: str, state: State | None) -> None:
    (draft,) = event(event=name, sessionId="s", timestamp=1_795_558_718_007, playhead=4.5).drafts
    assert (draft.state, draft.ts, draft.playhead) == (state, 1_795_558_718_007, 4.5)


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        ({"reason": "ended"}, "ended"),
        ({"reason": "aborted"}, "quit"),
        ({"reason": ["ended"]}, "quit"),
        ("ended", "quit"),
        (None, "quit"),
    ],
)
def test_an_epas_stop_has_ended_only_where_its_reason_says_so(
    payload: object, state: State
) -> None:
    (draft,) = event(event="stopped", sessionId="s", payload=payload).drafts
    assert draft.state == state


def test_init_is_answered_with_its_session_or_an_issued_one_and_the_interval_in_ms() -> None:
    kept = event(event="init", sessionId="mine")
    assert json.loads(kept.answer) == {"sessionId": "mine", "heartbeatInterval": 30_000}
    issued = event(event="init")
    assert json.loads(issued.answer) == {"sessionId": "issued", "heartbeatInterval": 30_000}
    assert issued.drafts[0].session == "issued"


def test_an_epas_event_other_than_init_needs_a_session() -> None:
    assert event(event="playing").refusals[0].reason is Reason.NO_SESSION


def test_an_epas_channel_is_the_paths_else_the_shard_else_the_default() -> None:
    for context, channel in ((Context(channel="path"), "path"), (PLAIN, "shard")):
        said = event(context, event="playing", sessionId="s", shardId="shard")
        assert said.drafts[0].channel == channel
    assert event(event="playing", sessionId="s").drafts[0].channel == "main"
    without = event(Context(), event="playing", sessionId="s")
    assert without.refusals[0].reason is Reason.NO_CHANNEL


def test_every_letter_of_cmcd_is_the_state_of_its_rank() -> None:
    for letter, state in zip("dspkrwaefq", STATES, strict=True):
        assert line(f'sid="s",sta={letter}').state == state
    assert line('sid="s"').state is None


def test_a_cmcd_line_as_dash_js_writes_it_is_read() -> None:
    draft = line(
        'ab=(400;v 32;a),bl=(0;v 0;a),br=(400;v 32;a),cid="test-dash-1",d=4000,dl=0,e=rr,'
        'nor=("chunk-stream1-00002.m4s"),ot=v,pt=12500,rc=200,sf=d,sid="7c9bef18",sn=6,st=v,'
        'sta=r,su,ts=1795558372584,url="http://127.0.0.1:8800/chunk.m4s",v=2\r'
    )
    assert draft == Draft(
        session="7c9bef18",
        channel="test-dash-1",
        state="rebuffering",
        ts=1_795_558_372_584,
        playhead=12.5,
        seq=6,
    )


def test_cmcd_lines_are_refused_one_by_one() -> None:
    parsed = cmcd.parse(b'sid="a"\n\ncid="b"\nsid="c",sta=z\n(\nsid="d"\n', PLAIN, 100)
    assert [draft.session for draft in parsed.drafts] == ["a", "d"]
    assert [(refusal.index, refusal.reason) for refusal in parsed.refusals] == [
        (1, Reason.NO_SESSION),
        (2, Reason.UNKNOWN_STATE),
        (3, Reason.MALFORMED),
    ]


def test_cmcd_of_a_request_stands_in_its_query_or_in_its_headers() -> None:
    assert cmcd.on_request(b"start=1&CMCD=sid%3D%22s%22%2Csu", []) == b'sid="s",su'
    headers = [(b"cmcd-session", b'sid="s"'), (b"host", b"x"), (b"cmcd-object", b"br=500")]
    assert cmcd.on_request(b"", headers) == b'sid="s",br=500'
    assert cmcd.on_request(b"CMCD=sid%3Da%0Asid%3Db", []) == b"sid=a sid=b"
    with pytest.raises(Reject, match="no report"):
        cmcd.on_request(b"CMCD=", [])
    with pytest.raises(Reject, match="well-formed"):
        cmcd.on_request(b"a=1&" * 101, [])


@pytest.mark.parametrize("path", ["/cmcd", "/epas"])
def test_an_address_may_name_the_device(path: str) -> None:
    endpoint = ENDPOINTS["POST", path]

    def context(query: bytes) -> Context:
        return context_of(endpoint, "tv", query, "", 40_000)

    for query, viewer in (
        (b"", None),
        (b"viewer=", None),
        (b"viewer=device-1&interval=10", "device-1"),
        (b"viewer=a%20b%2Bc", "a b+c"),
    ):
        named = Draft(session="s")
        assert settle(named, context(query)) is None
        assert (named.viewer or None) == viewer
    own = Draft(session="s", viewer="own")
    assert settle(own, context(b"viewer=device-1")) is None
    assert own.viewer == "own"
    for odd in (b"viewer=" + b"x" * 129, b"viewer=%00"):
        assert settle(Draft(session="s"), context(odd)) is Reason.BAD_VIEWER
    assert settle(Draft(session="s"), context(b"viewer=" + b"x" * 128)) is None
