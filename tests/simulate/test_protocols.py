import json
from urllib.parse import unquote

import pytest

from audience.states import STATES
from penonton.simulate.habits import PROTOCOLS, Protocol
from penonton.simulate.protocols import (
    CMCD_STATES,
    EPAS_EVENTS,
    EPAS_REASONS,
    epas_event,
    request,
)
from penonton.simulate.sendings import Sending
from penonton.simulate.speech import Said
from tests.simulate.making import AT, player

PLAYS = Said(AT, "polri-tv", "playing", "starting", 12.345, 7)
ENDS = Said(AT + 1_000, "polri-tv", "ended", "playing", 13.345, 8)


def sending(*said: Said, protocol: Protocol = "json", offset: int = 0) -> Sending:
    return Sending(said[-1].at, player(protocol, offset=offset), "session-1", said)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_same_sending_is_the_same_request(protocol: Protocol) -> None:
    one = sending(PLAYS, protocol=protocol)
    assert request(one) == request(one._replace(due=one.due + 2_000))


def test_every_state_has_a_word_in_every_protocol() -> None:
    assert tuple(EPAS_EVENTS) == tuple(CMCD_STATES) == STATES
    assert {s for s, event in EPAS_EVENTS.items() if event == "stopped"} == set(EPAS_REASONS)


def test_our_own_report_carries_the_players_clock_in_ms_and_its_interval_in_seconds() -> None:
    told = json.loads(request(sending(PLAYS, offset=-60_000)).body)
    assert told["ts"] == AT - 60_000
    assert told["interval"] == 30
    assert (told["state"], told["playhead"], told["seq"]) == ("playing", 12.345, 7)


def test_a_drifting_clock_is_off_by_more_the_longer_it_runs() -> None:
    assert player(offset=500, drift=0.001).clock(AT + 1_000_000) == AT + 1_001_500


def test_a_batch_is_a_line_a_report_and_a_beacon_an_array_of_plain_text() -> None:
    lines = request(sending(PLAYS, ENDS, protocol="ndjson"))
    assert [json.loads(line)["seq"] for line in lines.body.splitlines()] == [7, 8]
    beacon = request(sending(PLAYS, ENDS, protocol="beacon"))
    assert [told["seq"] for told in json.loads(beacon.body)] == [7, 8]
    assert beacon.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("said", "event"),
    [
        (Said(AT, "tv", "preloading", "preloading", 0, 0), "init"),
        (PLAYS, "playing"),
        (PLAYS._replace(after="playing"), "heartbeat"),
        (PLAYS._replace(after="paused"), "playing"),
        (PLAYS._replace(after="rebuffering"), "buffered"),
        (PLAYS._replace(after="seeking"), "seeked"),
        (PLAYS._replace(state="paused", after="paused"), "heartbeat"),
        (ENDS, "stopped"),
    ],
)
def test_epas_says_it_in_its_own_events(said: Said, event: str) -> None:
    assert epas_event(said) == event
    asked = request(sending(said, protocol="epas"))
    assert json.loads(asked.body)["event"] == asked.headers["X-EPAS-Event"] == event


def test_epas_says_in_the_reason_that_the_programme_ended() -> None:
    assert json.loads(request(sending(ENDS, protocol="epas")).body)["payload"]["reason"] == "ended"


def test_cmcd_is_a_dictionary_a_line() -> None:
    asked = request(sending(PLAYS, ENDS, protocol="cmcd2"))
    assert asked.path == "/cmcd"
    first, second = asked.body.decode().splitlines()
    assert first == (
        f'cid="polri-tv",e=ps,pt=12345,sf=h,sid="session-1",sn=7,st=l,sta=p,ts={AT},v=2'
    )
    assert "sta=e" in second


def test_cmcd_version_1_rides_in_the_query_of_a_get() -> None:
    asked = request(sending(PLAYS, protocol="cmcd1"))
    assert asked.method == "GET"
    path, query = asked.path.split("?CMCD=")
    assert path == "/cmcd/polri-tv"
    assert 'sid="session-1"' in unquote(query)
