"""The page in a real Chromium, over a real server."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect

from audience.programmes import Programme
from dashboards.web.calendar import NoCalendar
from dashboards.web.policy import Policy
from tests.web.played import PlayedNumbers
from tests.web.running import running

PHONE = ViewportSize(width=360, height=740)
DESKTOP = ViewportSize(width=1280, height=900)
HARD = "-".join(["a-channel-name"] * 4)
NUMBER = re.compile(r"^[\d,]+$")

# Seldom enough for a page, and a server need not wait long for its streams to end.
QUICK = Policy(pulse=0.2)

REMEMBER_STATES = """
    globalThis.states = [];
    new MutationObserver(() => {
        const { state } = document.body.dataset;
        if (state !== "connecting" && state !== states.at(-1)) states.push(state);
    }).observe(document, { subtree: true, attributeFilter: ["data-state"] });
"""

Open = Callable[..., Page]


@pytest.fixture
def numbers() -> PlayedNumbers:
    return PlayedNumbers()


@pytest.fixture
def url(numbers: PlayedNumbers) -> Iterator[str]:
    with running(numbers, QUICK) as address:
        yield address


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens a page; whatever it says on its console fails the test, save that a server is gone."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if "net::ERR_" not in message.text:
            said.append(message.text)

    contexts = []

    def open_page(url: str, viewport: ViewportSize = DESKTOP, script: str = "") -> Page:
        context = browser.new_context(
            viewport=viewport, timezone_id="Europe/Berlin", reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(script)
        page.on("console", hear)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def live(page: Page) -> None:
    expect(page.locator("body")).to_have_attribute("data-state", "live", timeout=20_000)


def stale(page: Page) -> None:
    expect(page.locator("body")).to_have_attribute("data-state", "stale", timeout=20_000)


def nothing_looks_live(page: Page) -> None:
    expect(page.locator("#state")).to_have_text("Not live")
    expect(page.locator("#now")).to_have_text("not known")
    expect(page.locator("#sessions")).to_have_text("—")
    expect(page.locator("#now-says")).to_have_text(
        # Across midnight the second has its date beside it.
        re.compile(
            r"^no data since [\d:]{8}( on \d+ \w+)? — last known: [\d,]+ viewers watching anything$"
        )
    )
    expect(page.locator("#notice")).to_contain_text("No data since")
    expect(page.locator("#peak-at")).to_contain_text("last known at")
    expect(page.locator("#reach-of")).to_contain_text("last known at")
    expect(page.locator("#channels-title")).to_contain_text("last known")
    expect(page.locator("#announcement")).to_contain_text("Not live")
    assert " now" not in page.locator("thead").inner_text()
    assert "Not live" in page.title()


def test_the_numbers_move(url: str, numbers: PlayedNumbers, open_page: Open) -> None:
    page = open_page(url)
    live(page)
    expect(page.locator("#now")).to_have_text(NUMBER)
    before = page.locator("#now").inner_text()
    expect(page.locator("#now")).not_to_have_text(before)
    # Read at once: rows change places.
    name, text = page.locator("#channels tr:nth-child(2) :is(th, .viewers)").all_inner_texts()
    shown = int(text.replace(",", ""))
    around = int(time.time())
    assert shown in {numbers.viewers(name, second) for second in range(around - 5, around + 2)}


def test_each_number_says_which_it_is(url: str, open_page: Open) -> None:
    page = open_page(url)
    live(page)
    text = page.locator("main").inner_text()
    assert "Viewers watching now" in text
    assert "Most viewers at one second today" in text
    assert "different devices with at least one second watched; not people" in text
    assert re.search(r"at [\d:]{8} \(Asia/Jakarta\)", page.locator("#peak-at").inner_text())
    expect(page.locator("#reach-of")).to_have_text("since 00:00 (Asia/Jakarta)")
    expect(page.locator("#now-tag")).to_have_text("provisional")
    assert "provisional" in page.locator(".legend").inner_text()
    assert re.search(r"Viewers(?! watching| at one second)", text) is None


def test_the_last_hour_is_drawn_with_a_gap_where_it_is_not_known(
    url: str, numbers: PlayedNumbers, open_page: Open
) -> None:
    now = int(time.time())
    numbers.gap = range(now - 1500, now - 1300)
    page = open_page(url)
    expect(page.locator("#chart svg")).to_be_visible()
    expect(page.locator("#chart .curve:not(.provisional)")).to_have_count(2)
    expect(page.locator("#chart .curve.provisional")).to_have_count(1)
    expect(page.locator("#chart .unsettled")).to_have_count(1)
    summary = page.locator("#chart svg").get_attribute("aria-label") or ""
    assert "part of it is not known" in summary
    assert page.locator("#chart text").count() > 8


def test_a_chart_without_room_waits_until_it_has_some(url: str, open_page: Open) -> None:
    page = open_page(url)
    live(page)
    expect(page.locator("#chart svg")).to_have_count(1)
    chart = page.locator("#chart")
    chart.evaluate("box => { box.replaceChildren(); box.style.width = '10px'; }")
    frame = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    page.evaluate(frame)
    expect(page.locator("#chart svg")).to_have_count(0)
    chart.evaluate("box => { box.style.width = ''; }")
    expect(page.locator("#chart svg")).to_have_count(1)


def test_a_channel_can_be_chosen_for_the_hour(url: str, open_page: Open) -> None:
    page = open_page(url)
    live(page)
    page.get_by_role("button", name="sctv").click()
    expect(page.locator("#chart-title")).to_have_text("Viewers watching in the last hour: sctv")
    expect(page.get_by_role("button", name="sctv")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Show anything").click()
    expect(page.locator("#chart-title")).to_have_text("Viewers watching in the last hour: anything")


def test_a_kind_has_a_line_of_its_own_before_the_channels(
    numbers: PlayedNumbers, url: str, open_page: Open
) -> None:
    numbers.channels = ("rcti", "sctv", "*tv")
    page = open_page(url)
    live(page)
    lines = page.locator("#channels tr")
    expect(lines).to_have_count(4)
    assert lines.locator("button").all_inner_texts()[:2] == ["anything", "any tv channel"]
    expect(lines.nth(1).locator(".share")).to_have_count(0)
    page.get_by_role("button", name="any tv channel").click()
    title = "Viewers watching in the last hour: any tv channel"
    expect(page.locator("#chart-title")).to_have_text(title)


@pytest.mark.parametrize("viewport", [PHONE, ViewportSize(width=720, height=900), DESKTOP])
def test_fifty_channels_with_long_names_fit(
    numbers: PlayedNumbers, url: str, open_page: Open, viewport: ViewportSize
) -> None:
    numbers.channels = (f"{HARD}.x", "a" * 64, *(f"channel-{n}" for n in range(48)))
    page = open_page(url, viewport)
    live(page)
    expect(page.locator("#channels tr")).to_have_count(51)
    expect(page.locator("#chart svg")).to_be_visible()
    page.locator("summary").click()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= viewport["width"]
    assert page.locator("#channels button").first.inner_text() == "anything"
    watching = page.locator("#channels .viewers").all_inner_texts()[1:]
    counts = [int(text.replace(",", "")) for text in watching]
    # Rows keep their places for some seconds while numbers move.
    assert counts[0] > counts[len(counts) // 2] > counts[-1]


def test_a_watermark_that_stands_still_is_not_shown_as_live_and_recovers(
    numbers: PlayedNumbers, open_page: Open
) -> None:
    # The server's clock stands still as well, so that only the page can tell.
    with running(numbers, QUICK, lambda: (numbers.second or int(time.time())) * 1000 + 900) as url:
        page = open_page(url)
        live(page)
        numbers.second = int(time.time())
        stale(page)
        nothing_looks_live(page)
        expect(page.locator("#notice")).to_contain_text("counts nothing new")
        numbers.second = None
        live(page)
        expect(page.locator("#now")).to_have_text(NUMBER)
        expect(page.locator("#notice")).to_be_hidden()


@pytest.mark.parametrize(
    ("age", "since"), [(60, r"[\d:]{8}"), (2 * 86_400, r"[\d:]{8} on \d+ \w+")]
)
def test_old_numbers_are_not_live_from_the_first_moment(
    url: str, numbers: PlayedNumbers, open_page: Open, age: int, since: str
) -> None:
    numbers.second = int(time.time()) - age
    page = open_page(url, script=REMEMBER_STATES)
    stale(page)
    nothing_looks_live(page)
    expect(page.locator("#now-says")).to_have_text(re.compile(f"^no data since {since}"))
    assert page.evaluate("states") == ["stale"]


def test_an_incomplete_count_is_said_to_be_too_low(
    url: str, numbers: PlayedNumbers, open_page: Open
) -> None:
    numbers.completeness = 0.9999
    page = open_page(url)
    live(page)
    expect(page.locator("#incomplete")).to_have_text("Too low: only 99.9% of the count is in.")
    numbers.completeness = 1.0
    expect(page.locator("#incomplete")).to_be_hidden()
    expect(page.locator("#trust-complete")).to_contain_text("100%")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_the_day_s_figures_lead_to_their_receipt(
    url: str, open_page: Open, viewport: ViewportSize
) -> None:
    page = open_page(url, viewport)
    live(page)
    expect(page.locator("#receipt-chosen")).to_be_hidden()
    page.get_by_role("link", name="figures of today: anything").click()
    expect(page.locator("h1")).to_have_text("Receipt: anything (*)")
    assert re.search(r"/receipt/[\d-]{10}\?zone=Asia%2FJakarta&channel=\*$", page.url)
    expect(page.locator("#status")).to_have_text("provisional")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.locator("#query").click()
    assert page.evaluate("getSelection().toString()") == "SELECT 1"
    answer = page.request.get(page.evaluate("document.querySelector('#json').href"))
    assert (answer.ok, answer.json()["figures"]["channel"]) == (True, "*")
    page.get_by_role("link", name="Live page").click()
    live(page)


def test_the_chosen_channel_s_figures_lead_to_their_receipt(url: str, open_page: Open) -> None:
    page = open_page(url)
    live(page)
    page.get_by_role("button", name="sctv").click()
    page.get_by_role("link", name="figures of today: sctv").click()
    expect(page.locator("h1")).to_have_text("Receipt: sctv")
    # Its style came, too: what is unknown does not look like the numbers beside it.
    colours = [
        page.locator(of).first.evaluate("element => getComputedStyle(element).color")
        for of in (".things .unknown", ".things dd:not(.unknown, .says)")
    ]
    assert len(set(colours)) == 2


def test_a_kind_that_is_chosen_has_a_receipt_of_its_own(
    numbers: PlayedNumbers, url: str, open_page: Open
) -> None:
    numbers.channels = ("rcti", "sctv", "*tv")
    page = open_page(url)
    live(page)
    page.get_by_role("button", name="any tv channel").click()
    page.get_by_role("link", name="figures of today: any tv channel").click()
    expect(page.locator("h1")).to_have_text("Receipt: any tv channel (*tv)")
    page.go_back()
    live(page)
    expect(page.locator("#receipt-chosen")).to_be_hidden()


def test_before_anything_was_counted_no_number_is_shown(
    url: str, numbers: PlayedNumbers, open_page: Open
) -> None:
    numbers.counting = False
    page = open_page(url)
    expect(page.locator("#state")).to_have_text("Nothing counted yet")
    expect(page.locator("#notice")).to_contain_text("waits for the log to be read again")
    expect(page.locator("#now")).to_have_text("—")
    numbers.counting = True
    live(page)


def test_an_audience_of_nobody_is_zero_and_not_unknown(
    url: str, numbers: PlayedNumbers, open_page: Open
) -> None:
    numbers.channels = ()
    page = open_page(url)
    live(page)
    expect(page.locator("#now")).to_have_text("0")
    expect(page.locator("#nobody")).to_be_visible()
    expect(page.locator("#peak-at")).to_have_text("")


def test_what_is_on_and_what_is_next_stand_under_the_channel(
    numbers: PlayedNumbers, open_page: Open
) -> None:
    """A title is text, whatever it holds; an old number has the programme of its time."""
    begun = int(time.time()) // 60 * 60
    on = Programme(begun - 600, "rcti", "Berita <b>Malam</b>", begun + 1_200)
    film = Programme(begun + 1_200, "rcti", "Film", begun + 7_200)

    class Listing(NoCalendar):
        async def programmes(self, _channel: str, _first: int, _end: int) -> list[Programme]:
            return [on, film]

    with running(numbers, QUICK, calendar=Listing()) as url:
        page = open_page(url)
        live(page)
        row = page.locator("#channels tr", has_text="rcti")
        expect(row.locator(".on")).to_have_text(
            re.compile(r"^Berita <b>Malam</b> until ([\d:]{5}); next at \1: Film$")
        )
        assert page.locator("#channels tr", has_text="sctv").locator(".on").inner_text() == ""
        numbers.second = begun + 1_200
        expect(row.locator(".on")).to_have_text(re.compile("^Film until [\\d:]{5}$"))


def test_names_are_shown_as_text(url: str, numbers: PlayedNumbers, open_page: Open) -> None:
    # No such name passes the collector; the page does not rely on it.
    hostile = "<img src=x onerror=console.error('run')>"
    numbers.channels = (hostile, "rcti")
    page = open_page(url)
    live(page)
    expect(page.get_by_role("button", name=hostile)).to_be_visible()
    assert page.locator("#channels img").count() == 0


def test_the_server_goes_and_comes_back(open_page: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    server = started(port)
    try:
        page = open_page(f"http://127.0.0.1:{port}")
        live(page)
        expect(page.locator("#chart svg")).to_be_visible()
        server.kill()
        server.wait()
        stale(page)
        nothing_looks_live(page)
        expect(page.locator("#notice")).to_contain_text("No numbers arrive from the server")
        expect(page.locator("#notice")).to_contain_text("Trying again")
        server = started(port)
        live(page)
        expect(page.locator("#now")).to_have_text(NUMBER)
        before = page.locator("#now").inner_text()
        expect(page.locator("#now")).not_to_have_text(before)
    finally:
        server.kill()
        server.wait()


def started(port: int) -> subprocess.Popen[bytes]:
    server = subprocess.Popen([sys.executable, "-m", "tests.web.running", str(port)])
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return server
    message = "the server did not start"
    raise AssertionError(message)
