"""Badge, counter and JSON: which number is shown, and never an old one as live."""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient

from dashboards.web.app import pages
from dashboards.web.headers import HEADERS
from dashboards.web.hooks import badge
from dashboards.web.policy import Policy
from dashboards.web.shown import Shown, ShownPolicy, shown
from tests.web.played import NOON, PlayedNumbers
from tests.web.running import running
from tests.web.test_openapi import check, described

JAKARTA = ZoneInfo("Asia/Jakarta")
PAGE = Path(__file__).parents[2] / "docs" / "hooks.md"
SNIPPETS = re.findall(r"^```html\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


Show = Callable[[str], None]


class Counted(PlayedNumbers):
    """As many as a test says, in every second up to `second`."""

    count: int | None = 1_234

    def viewers(self, channel: str, second: int) -> int:
        return super().viewers(channel, second) if self.count is None else self.count


@pytest.fixture
def numbers() -> Counted:
    return Counted(("humas-live",), second=NOON)


def said(numbers: Counted, now: int = NOON, **policy: int) -> Shown:
    return asyncio.run(
        shown(numbers, "humas-live", ShownPolicy(**policy), JAKARTA, now * 1000 + 900)
    )


@pytest.mark.parametrize(
    ("policy", "count", "number"),
    [
        ({}, 1_234, "1,234"),
        ({"nearest": 50}, 1_234, "1,250"),
        ({"nearest": 10}, 1_235, "1,240"),
        ({"nearest": 10}, 1_234, "1,230"),
        ({"digits": 2}, 1_234, "1,200"),
        ({"digits": 2}, 1_250, "1,300"),
        ({"digits": 2}, 99, "99"),
        ({"digits": 1}, 950, "1,000"),
        ({"nearest": 50, "digits": 2}, 1_234, "1,300"),
        ({"minimum": 10}, 9, "fewer than 10"),
        ({"minimum": 10}, 10, "10"),
        ({"minimum": 10, "nearest": 100}, 10, "0"),
        ({"minimum": 1}, 0, "fewer than 1"),
        ({}, 0, "0"),
    ],
)
def test_a_number_is_rounded_as_the_operator_says(
    numbers: Counted, policy: dict[str, int], count: int, number: str
) -> None:
    numbers.count = count
    found = said(numbers, **policy)
    assert found.number == number
    assert (found.viewers is None) == number.startswith("fewer")
    assert ("rounded" in found.detail) == (ShownPolicy(**policy).rounds and count >= 10)


@given(
    viewers=st.integers(0, 10**7),
    nearest=st.sampled_from((1, 5, 10, 250)),
    digits=st.integers(0, 4),
)
def test_rounding_moves_a_number_by_half_a_step_at_most(
    viewers: int, nearest: int, digits: int
) -> None:
    by_step = ShownPolicy(nearest=nearest).rounded(viewers)
    assert by_step % nearest == 0
    assert abs(by_step - viewers) <= nearest / 2
    found = ShownPolicy(digits=digits).rounded(viewers)
    assert digits == 0 or len(str(found).rstrip("0")) <= digits
    assert abs(found - viewers) <= (10 ** max(len(str(viewers)) - digits, 0) / 2 if digits else 0)


@pytest.mark.parametrize(("old", "known"), [(0, True), (10, True), (11, False), (3_600, False)])
def test_a_number_that_is_old_is_not_shown_as_live(
    numbers: Counted, old: int, *, known: bool
) -> None:
    found = said(numbers, NOON + old)
    assert (found.at, found.viewers) == (("2026-11-25T12:03:07Z", 1_234) if known else (None, None))
    assert (found.number == "not known", "now" in found.label) == (not known, known)


@pytest.mark.parametrize(
    ("old", "delay", "at"),
    [(0, 300, NOON - 300), (299, 300, NOON - 1), (310, 300, NOON), (311, 300, None)],
)
def test_a_delayed_number_is_of_the_second_it_says(
    numbers: Counted, old: int, delay: int, at: int | None
) -> None:
    numbers.count = None
    found = said(numbers, NOON + old, delay=delay)
    if at is None:
        assert found.number == "not known"
    else:
        assert found.viewers == numbers.viewers("humas-live", at)
        assert found.label == time.strftime("watching at %H:%M", time.gmtime(at + 7 * 3_600))


def test_before_anything_was_counted_nothing_is_known(numbers: Counted) -> None:
    numbers.counting = False
    assert said(numbers).number == "not known"


@pytest.fixture
def client(numbers: Counted) -> TestClient:
    return TestClient(pages(numbers, lambda: NOON * 1000 + 900, Policy()))


def test_the_json_is_as_described_and_for_any_page(client: TestClient) -> None:
    answer = client.get("/api/v1/shown/humas-live", headers={"origin": "https://other.example"})
    assert answer.json()["detail"] == (
        "viewers watching at this second, as of 19:03 (Asia/Jakarta)"
    )
    check(described(client), {"$ref": "#/components/schemas/Shown"}, answer.json())
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=5"


@pytest.mark.parametrize("address", ["/badge/{}.svg", "/embed/{}", "/api/v1/shown/{}"])
def test_what_is_no_channel_is_refused_and_anything_is_one(
    client: TestClient, address: str
) -> None:
    assert client.get(address.format("%2A")).status_code == 200
    for wrong in ("HUMAS", "%3Cscript%3E", "a" * 65):
        assert client.get(address.format(wrong)).status_code == 400


def test_only_what_is_meant_for_frames_can_be_framed(client: TestClient) -> None:
    embedded = client.get("/embed/humas-live").headers
    assert "frame-ancestors *" in embedded["content-security-policy"]
    assert embedded["x-content-type-options"] == "nosniff"
    for other in ("/", "/badge/humas-live.svg", "/api/v1/shown/humas-live", "/embed/X"):
        policy = client.get(other).headers["content-security-policy"]
        assert policy == HEADERS["content-security-policy"]


def test_a_badge_is_a_picture_that_may_be_kept_for_seconds(client: TestClient) -> None:
    answer = client.get("/badge/humas-live.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    texts = [each.text for each in ET.fromstring(answer.text).iter() if each.text]  # noqa: S314 - ours
    assert {"watching now", "1,234"} <= set(texts)


def test_whatever_a_badge_says_is_text() -> None:
    hostile = "<script>&\"'"
    root = ET.fromstring(badge(Shown(hostile, None, None, None, hostile, hostile, hostile)))  # noqa: S314 - ours
    assert [each.text for each in root.iter() if each.text == hostile] == [hostile] * 2
    assert hostile in root.attrib["aria-label"]


@pytest.fixture
def url(numbers: Counted) -> Iterator[str]:
    numbers.second = None
    with running(numbers, Policy()) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Whatever goes wrong in it fails the test, save that a server is gone."""
    wrong: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        yield page
    assert [each for each in wrong if "net::ERR_" not in each] == []


class Elsewhere(BaseHTTPRequestHandler):
    """A site of another origin, of one page."""

    body = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(self.body if self.path == "/" else b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


@pytest.fixture
def elsewhere(page: Page, url: str) -> Iterator[Callable[[str], None]]:
    """Shows a snippet of the documentation on a page of another origin."""

    class Site(Elsewhere):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def show(snippet: str) -> None:
            body = f"<!doctype html><meta charset=utf-8><title>x</title>{snippet}"
            Site.body = body.replace("https://count.example", url).encode()
            page.goto(f"http://localhost:{server.server_port}/")

        yield show
        page.close()
        server.shutdown()


def test_the_snippets_are_a_badge_a_frame_and_a_script() -> None:
    kinds = [re.findall(r"^<(\w+)", snippet, re.MULTILINE) for snippet in SNIPPETS]
    assert kinds == [["img"], ["iframe"], ["p", "script"]]


def test_the_badge_of_the_documentation_is_drawn(elsewhere: Show, page: Page) -> None:
    elsewhere(SNIPPETS[0])
    page.wait_for_function("document.querySelector('img').naturalWidth > 80")


def test_the_frame_of_the_documentation_shows_the_number(elsewhere: Show, page: Page) -> None:
    elsewhere(SNIPPETS[1])
    counter = page.frame_locator("iframe").locator("p")
    expect(counter).to_have_text(re.compile(r"^1,234 watching now viewers watching at this second"))
    expect(counter).to_have_attribute("data-state", "live")
    frame = page.frames[1]
    assert frame.evaluate("document.documentElement.scrollHeight") <= 80
    assert frame.evaluate("document.documentElement.scrollWidth") <= 420


def test_the_script_of_the_documentation_shows_the_number_until_data_stop(
    elsewhere: Show, numbers: Counted, page: Page
) -> None:
    page.clock.install()  # by which the browser's cache does not go; routing turns that off
    page.route("**/api/v1/shown/**", lambda route: route.continue_())
    elsewhere(SNIPPETS[2])
    counter = page.locator("p")
    expect(counter.locator(".penonton-number")).to_have_text("1,234")
    numbers.count = 1_300
    page.clock.run_for(10_000)
    expect(counter.locator(".penonton-number")).to_have_text("1,300")
    numbers.second = int(time.time()) - 60
    page.clock.run_for(10_000)
    expect(counter.locator(".penonton-number")).to_have_text("not known")
    expect(counter).to_have_attribute("data-state", "not-known")


def test_a_counter_whose_server_is_gone_says_so_after_30_s(elsewhere: Show, page: Page) -> None:
    page.clock.install()
    elsewhere(SNIPPETS[2])
    number = page.locator(".penonton-number")
    expect(number).to_have_text("1,234")
    page.route("**/api/v1/shown/**", lambda route: route.abort())
    page.clock.run_for(25_000)
    expect(number).to_have_text("1,234")
    page.clock.run_for(7_000)
    expect(number).to_have_text("not known")
