"""The stream over a real server: when it begins, what it says, and that it ends."""

import json
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from dashboards.web.policy import Policy
from tests.web.played import PlayedNumbers
from tests.web.running import running

QUICK = Policy(pulse=0.05, max_streams=2)


@pytest.fixture
def numbers() -> PlayedNumbers:
    return PlayedNumbers()


def opened(url: str) -> HTTPResponse:
    response = urlopen(f"{url}/api/v1/stream", timeout=10)
    assert isinstance(response, HTTPResponse)
    return response


def events(response: HTTPResponse) -> Iterator[tuple[str, dict[str, Any]]]:
    name = "message"
    for raw in response:
        field, _, value = raw.decode().strip().partition(": ")
        if field == "event":
            name = value
        if field == "data":
            yield name, json.loads(value)
            name = "message"


def test_an_event_is_the_live_answer_and_what_the_page_needs(numbers: PlayedNumbers) -> None:
    with running(numbers, QUICK) as url:
        with opened(url) as stream:
            assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert stream.headers["cache-control"] == "no-store"
            name, data = next(events(stream))
        with urlopen(f"{url}/api/v1/live") as response:
            live = json.load(response)
    assert name == "message"
    assert set(live) < set(data)
    assert [row["channel"] for row in data["channels"]] == ["*", "radio-bandung", "rcti", "sctv"]
    assert set(data["channels"][0]) == {"channel", "viewers", "sessions", "unconfirmed"}
    assert data["today"]["zone"] == "Asia/Jakarta"
    assert data["today"]["channels"][0]["channel"] == "*"


def test_events_follow_the_numbers(numbers: PlayedNumbers) -> None:
    numbers.second = 1_795_608_000
    with running(numbers, QUICK) as url, opened(url) as stream:
        assert next(events(stream))[1]["at"] == "2026-11-25T12:00:00Z"
        numbers.second += 1
        seen = (data["at"] for _, data in events(stream))
        assert next(at for at in seen if at != "2026-11-25T12:00:00Z") == "2026-11-25T12:00:01Z"


def test_an_age_grows_while_nothing_is_counted(numbers: PlayedNumbers) -> None:
    numbers.second = int(time.time()) - 60
    with running(numbers, QUICK) as url, opened(url) as stream:
        ages = [
            data["watermark_age_seconds"]
            for _, (_, data) in zip(range(3), events(stream), strict=False)
        ]
    assert ages == sorted(ages)
    assert ages[0] > 59


def test_before_anything_was_counted_events_say_what_is_waited_for(numbers: PlayedNumbers) -> None:
    numbers.counting = False
    with running(numbers, QUICK) as url, opened(url) as stream:
        waiting = {"ready": False, "waiting_for": ["the log to be read again"]}
        assert next(events(stream)) == ("waiting", waiting)
        numbers.counting = True
        assert "message" in (name for name, _ in events(stream))


def test_one_stream_too_many_is_refused_and_a_seat_left_is_free_again(
    numbers: PlayedNumbers,
) -> None:
    with running(numbers, QUICK) as url:
        first, second = opened(url), opened(url)
        next(events(first))
        next(events(second))
        with pytest.raises(HTTPError) as refused:
            opened(url)
        assert refused.value.code == 503
        assert refused.value.headers["retry-after"] == "10"
        assert "all 2 streams are taken" in json.load(refused.value)["error"]
        refused.value.close()
        first.close()
        with until_opened(url) as third:
            assert next(events(third))
        second.close()


def until_opened(url: str) -> HTTPResponse:
    for _ in range(200):
        try:
            return opened(url)
        except HTTPError as error:
            error.close()
            time.sleep(0.05)
    message = "the seat of a client that left never became free"
    raise AssertionError(message)


def test_a_server_that_stops_ends_its_streams(numbers: PlayedNumbers) -> None:
    # `running` fails when the server does not stop while a client still listens.
    with running(numbers, QUICK) as url:
        stream = opened(url)
        next(events(stream))
    list(events(stream))
    assert stream.isclosed()
