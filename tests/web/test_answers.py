"""The shapes of the answers, and what is refused."""

import base64
import hashlib
import json
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboards.web.app import pages
from dashboards.web.policy import Policy
from tests.web.played import NOON, PlayedNumbers

HOUR = "from=2026-11-25T12:00:00Z&to=2026-11-25T13:00:00Z"


@pytest.fixture
def numbers() -> PlayedNumbers:
    return PlayedNumbers(("rcti", "sctv"), second=NOON)


@pytest.fixture
def client(numbers: PlayedNumbers) -> TestClient:
    return TestClient(pages(numbers, lambda: NOON * 1000 + 1_650, Policy()))


def error(client: TestClient, path: str, status: int) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["error"]
    sentence = answer.json()["error"]
    assert isinstance(sentence, str)
    return sentence


def test_live_is_the_newest_second_with_anything_first(
    client: TestClient, numbers: PlayedNumbers
) -> None:
    answer = client.get("/api/v1/live")
    assert answer.json() == {
        "at": "2026-11-25T12:03:07Z",
        "completeness": 1.0,
        "definition": 1,
        "channels": [
            {
                "channel": name,
                "viewers": (n := numbers.viewers(name, NOON)),
                "sessions": n + n // 20,
            }
            for name in ("*", "rcti", "sctv")
        ],
    }
    assert answer.headers["cache-control"] == "no-store"


def test_live_before_anything_was_counted_says_so_and_is_not_zero(
    client: TestClient, numbers: PlayedNumbers
) -> None:
    numbers.counting = False
    assert error(client, "/api/v1/live", 503) == "nothing has been counted yet"
    assert client.get("/api/v1/live").headers["retry-after"] == "1"


def test_levels_say_of_each_second_whether_it_is_final(client: TestClient) -> None:
    answer = client.get(
        "/api/v1/levels?channel=rcti&from=2026-11-25T11:59:06Z&to=2026-11-25T11:59:09Z"
    ).json()
    assert answer["channel"] == "rcti"
    assert [(level["at"], level["final"]) for level in answer["levels"]] == [
        ("2026-11-25T11:59:06Z", True),
        ("2026-11-25T11:59:07Z", True),
        ("2026-11-25T11:59:08Z", False),
    ]
    assert set(answer["levels"][0]) == {"at", "viewers", "sessions", "final"}


def test_levels_of_a_channel_nobody_watched_are_empty(client: TestClient) -> None:
    answer = client.get(f"/api/v1/levels?channel=unheard-of&{HOUR}")
    assert answer.json() == {"channel": "unheard-of", "levels": []}


@pytest.mark.parametrize("channel", ["", "channel=&", "channel=*&", "channel=%2A&"])
def test_levels_without_a_channel_are_of_anything(client: TestClient, channel: str) -> None:
    assert client.get(f"/api/v1/levels?{channel}{HOUR}").json()["channel"] == "*"


@pytest.mark.parametrize(
    ("start", "end", "asked"),
    [
        ("2026-11-25T12:00:00Z", "2026-11-25T12:00:01Z", (1_795_608_000, 1_795_608_001)),
        (
            "2026-11-25T19:00:00%2B07:00",
            "2026-11-25T20:00:00%2B07:00",
            (1_795_608_000, 1_795_611_600),
        ),
        # Written without escaping the +, as people do.
        ("2026-11-25T19:00:00+07:00", "2026-11-25T20:00:00+0700", (1_795_608_000, 1_795_611_600)),
        # A second belongs to the range that holds its instant.
        ("2026-11-25T12:00:00.001Z", "2026-11-25T12:00:01.001Z", (1_795_608_001, 1_795_608_002)),
        ("2026-11-25T12:00:00.000001Z", "2026-11-25T12:00:02Z", (1_795_608_001, 1_795_608_002)),
        # 25 hours: the longest local day.
        ("2026-11-25T12:00:00Z", "2026-11-26T13:00:00Z", (1_795_608_000, 1_795_698_000)),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z", (0, 1)),
    ],
)
def test_a_range_includes_its_beginning_and_excludes_its_end(
    client: TestClient, numbers: PlayedNumbers, start: str, end: str, asked: tuple[int, int]
) -> None:
    assert client.get(f"/api/v1/levels?from={start}&to={end}").status_code == 200
    assert numbers.asked == [("*", *asked)]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "from is missing"),
        ("from=2026-11-25T12:00:00Z", "to is missing"),
        ("to=2026-11-25T12:00:00Z", "from is missing"),
        ("from=yesterday&to=2026-11-25T12:00:00Z", "from: 'yesterday' is not an ISO 8601 instant"),
        ("from=2026-11-25T12:00:00&to=2026-11-25T13:00:00Z", "has no offset"),
        ("from=2026-11-25%2012:00&to=2026-11-25T13:00:00Z", "has no offset"),
        ("from=1764072000&to=1764072001", "from: '1764072000' is not an ISO 8601 instant"),
        ("from=2026-11-25T12:00:00Z&to=2026-11-25T12:00:00Z", "to must lie after from"),
        ("from=2026-11-25T12:00:01Z&to=2026-11-25T12:00:00Z", "to must lie after from"),
        ("from=2026-11-25T12:00:00Z&to=2026-11-26T13:00:01Z", "90001 s apart"),
        ("from=1969-12-31T23:59:59Z&to=2026-11-25T12:00:00Z", "between 1970 and 2106"),
        ("from=2026-11-25T12:00:00Z&to=9999-12-31T23:59:59-14:00", "between 1970 and 2106"),
        ("from=0001-01-01T00:00:00%2B14:00&to=2026-11-25T12:00:00Z", "between 1970 and 2106"),
        (f"channel=RCTI&{HOUR}", "channel must be"),
        (f"channel=**&{HOUR}", "channel must be"),
        (f"channel=rcti%0A&{HOUR}", "channel must be"),
        (f"channel={'a' * 65}&{HOUR}", "channel must be"),
        (f"channel=-a&{HOUR}", "channel must be"),
        (f"channel=a%00b&{HOUR}", "channel must be"),
        (f"channel=%ED%A0%80&{HOUR}", "channel must be"),
    ],
)
def test_a_bad_question_is_answered_with_what_is_wrong(
    client: TestClient, numbers: PlayedNumbers, query: str, sentence: str
) -> None:
    assert sentence in error(client, f"/api/v1/levels?{query}", 400)
    assert numbers.asked == []


def test_a_kind_is_asked_for_by_its_name(client: TestClient, numbers: PlayedNumbers) -> None:
    numbers.channels = ("*tv", "rcti")
    assert client.get(f"/api/v1/levels?channel=*tv&{HOUR}").json()["channel"] == "*tv"
    assert [each["channel"] for each in client.get("/api/v1/live").json()["channels"]] == [
        "*",
        "*tv",
        "rcti",
    ]


def test_the_longest_channel_name_is_taken(client: TestClient) -> None:
    assert client.get(f"/api/v1/levels?channel={'a' * 64}&{HOUR}").status_code == 200


def test_the_figures_of_a_day_are_what_backfill_prints_and_a_status(
    client: TestClient, numbers: PlayedNumbers
) -> None:
    numbers.restated = frozenset({"sctv"})
    rows = client.get("/api/v1/days/2026-11-24?zone=Asia/Jakarta").json()
    assert [(row["channel"], row["status"]) for row in rows] == [
        ("*", "final"),
        ("rcti", "final"),
        ("sctv", "restated"),
    ]
    assert list(rows[0]) == [
        "day",
        "zone",
        "first",
        "end",
        "channel",
        "peak_viewers",
        "peak_at",
        "watch_seconds",
        "average_viewers",
        "reach",
        "sessions",
        "status",
    ]
    assert rows[0]["average_viewers"] == rows[0]["watch_seconds"] / 86_400
    assert rows[0]["peak_at"].startswith("2026-11-2")
    assert rows[0]["peak_at"].endswith("Z")


@pytest.mark.parametrize(
    ("starts", "day", "first", "end"),
    [
        (0, "2026-11-25?zone=Asia/Jakarta", "2026-11-24T17:00:00Z", "2026-11-25T17:00:00Z"),
        (6, "2026-11-25?zone=Asia/Jakarta", "2026-11-24T23:00:00Z", "2026-11-25T23:00:00Z"),
        (6, "2026-10-24?zone=Europe/Berlin", "2026-10-24T04:00:00Z", "2026-10-25T05:00:00Z"),
    ],
)
def test_a_day_says_from_when_to_when_it_is(
    numbers: PlayedNumbers, starts: int, day: str, first: str, end: str
) -> None:
    app = pages(numbers, lambda: NOON * 1000, Policy(day_starts=starts))
    with TestClient(app) as client:
        for row in client.get(f"/api/v1/days/{day}").json():
            assert (row["first"], row["end"]) == (first, end)


def test_a_day_without_a_zone_is_a_day_of_the_pages_zone(client: TestClient) -> None:
    rows = client.get("/api/v1/days/2026-11-25").json()
    assert {(row["zone"], row["status"]) for row in rows} == {("Asia/Jakarta", "provisional")}


def test_the_average_of_a_day_of_25_hours_is_over_25_hours(client: TestClient) -> None:
    row = client.get("/api/v1/days/2026-10-25?zone=Europe/Berlin").json()[0]
    assert row["average_viewers"] == row["watch_seconds"] / 90_000


def test_a_day_nobody_watched_has_no_peak_second(
    client: TestClient, numbers: PlayedNumbers
) -> None:
    numbers.channels = ()
    (row,) = client.get("/api/v1/days/2026-11-24").json()
    assert (row["channel"], row["peak_viewers"], row["peak_at"]) == ("*", 0, None)


def test_a_day_of_which_nothing_is_known_is_not_found(client: TestClient) -> None:
    assert "2027-01-01 in Asia/Jakarta" in error(client, "/api/v1/days/2027-01-01", 404)


@pytest.mark.parametrize(
    "path",
    [
        "2026-02-29",
        "2026-13-01",
        "2026-1-1",
        "2026W011",
        "20261125",
        "today",
        "2026-11-25T00:00:00Z",
        "0001-01-01",
        "9999-12-31",
        "2026-11-25%0A",
        "2026-11-25?zone=Jakarta",
        "2026-11-25?zone=../etc/passwd",
        "2026-11-25?zone=/etc/passwd",
        "2026-11-25?zone=Asia",
        "2026-11-25?zone=Asia/Jakarta%00",
        f"2026-11-25?zone={'a' * 5000}",
    ],
)
def test_what_is_not_a_day_or_a_zone_is_refused(client: TestClient, path: str) -> None:
    assert error(client, f"/api/v1/days/{path}", 400).startswith(("day: ", "zone: "))


def test_the_last_hour_has_null_where_nothing_is_known(
    client: TestClient, numbers: PlayedNumbers
) -> None:
    numbers.gap = range(NOON - 600, NOON - 500)
    answer = client.get("/api/v1/hour?channel=rcti").json()
    assert (answer["channel"], answer["first"]) == ("rcti", "2026-11-25T11:03:00Z")
    assert answer["step_seconds"] * len(answer["peak_viewers"]) == 3600
    assert answer["peak_viewers"].count(None) == 10


@pytest.mark.parametrize(
    "path", ["/api/v1/hour", f"/api/v1/levels?{HOUR}", "/api/v1/days/2026-11-25"]
)
def test_without_storage_one_is_told_when_to_ask_again(
    client: TestClient, numbers: PlayedNumbers, path: str
) -> None:
    numbers.storage = False
    assert error(client, path, 503) == "the storage does not answer"
    assert client.get(path).headers["retry-after"] == "7"


def test_ready_means_that_the_numbers_hold(client: TestClient, numbers: PlayedNumbers) -> None:
    assert client.get("/readyz").json() == {"ready": True, "waiting_for": []}
    numbers.counting = False
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "waiting_for": ["the log to be read again"]}
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v1/", "/api/v2/live", "/page.html", "/../app.py"]
)
def test_an_unknown_address_is_a_json_error_too(client: TestClient, path: str) -> None:
    assert "openapi.json" in error(client, path, 404)


def test_the_api_only_answers_get(client: TestClient) -> None:
    answer = client.post("/api/v1/live")
    assert answer.status_code == 405
    assert answer.json() == {"error": "this address only answers GET"}


def test_a_failure_says_nothing_of_the_inside(numbers: PlayedNumbers) -> None:
    def fail() -> Any:
        message = "secret"
        raise ValueError(message)

    numbers.live = fail  # type: ignore[method-assign]
    client = TestClient(pages(numbers, lambda: 0, Policy()), raise_server_exceptions=False)
    sentence = error(client, "/api/v1/live", 500)
    assert "secret" not in sentence


@pytest.mark.parametrize(
    "path", ["/api/v1/live", "/api/v1/levels", "/openapi.json", "/api/v1/none"]
)
def test_any_site_may_read_the_api_without_credentials(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"origin": "https://tv.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_a_preflight_allows_get_only(client: TestClient) -> None:
    asked = {"origin": "https://tv.example", "access-control-request-method": "GET"}
    assert client.options("/api/v1/live", headers=asked).status_code == 200
    asked["access-control-request-method"] = "POST"
    assert client.options("/api/v1/live", headers=asked).status_code == 400


@pytest.mark.parametrize("path", ["/", "/page.js", "/api/v1/live", "/api/v1/levels", "/none"])
def test_every_answer_keeps_the_browser_to_what_the_page_needs(
    client: TestClient, path: str
) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/chart.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
        ("/openapi.json", "application/json"),
    ],
)
def test_a_file_is_sent_only_to_who_does_not_have_it(
    client: TestClient, path: str, kind: str
) -> None:
    first = client.get(path)
    assert first.headers["content-type"] == kind
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = client.get(path, headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    assert client.head(path).content == b""


def test_the_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    for path in ("/", "/page.css", "/page.js", "/chart.js", "/feed.js", "/channels.js"):
        text = client.get(path).text.replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text
        assert "https:" not in text
        assert "innerHTML" not in text


def test_the_stream_has_a_bounded_number_of_seats(numbers: PlayedNumbers) -> None:
    client = TestClient(pages(numbers, lambda: NOON * 1000, Policy(max_streams=0)))
    assert "all 0 streams are taken" in error(client, "/api/v1/stream", 503)


def test_asking_for_the_head_of_the_stream_does_not_wait_for_its_end(client: TestClient) -> None:
    answer = client.head("/api/v1/stream")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert json.dumps(answer.text) == '""'


def test_the_report_is_of_this_month_in_indonesian_unless_told_otherwise(
    client: TestClient,
) -> None:
    answer = client.get("/report")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Laporan penonton: November 2026</title>" in answer.text
    english = client.get("/report?month=2026-10&language=en").text
    assert "<title>Audience report: October 2026</title>" in english
    days = client.get("/report?from=2026-10-30&to=2026-11-02&language=en&zone=Europe/Berlin").text
    assert "Audience report: 30 October 2026 - 2 November 2026" in days
    assert "Days of the time zone Europe/Berlin" in days


def test_the_reports_style_is_allowed_by_its_policy_and_nothing_else(client: TestClient) -> None:
    answer = client.get("/report")
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "query",
    ["month=2026-13", "month=soon", "from=2026-10-30", "from=2026-11-02&to=2026-11-01",
     "from=2020-01-01&to=2026-01-01", "language=fr", "zone=Mars", "month=0000-01",
     "month=0001-01", "month=9999-12"],
)  # fmt: skip
def test_a_report_that_cannot_be_is_refused(client: TestClient, query: str) -> None:
    name = {"from=2026-10-30": "to is missing"}.get(query, "")
    assert name in error(client, f"/report?{query}", 400)
