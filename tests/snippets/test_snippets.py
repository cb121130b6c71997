"""Every snippet of the documentation, run: real player, real Chromium, real `penonton serve`."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.serve.running import PATIENCE, Serving, serving
from tests.snippets.pages import HERE, LIBRARIES, Site, site

ROOT = HERE.parents[1]
CHANNEL = "humas-live"
PLAYERS = ["hlsjs.js", "dashjs.js", "shaka.js", "epas.js", "video.js", "hlsjs_device.js"]
BARE_MEDIA = ["hlsjs.js", "dashjs.js", "hlsjs_device.js"]
DOCUMENTS = [ROOT / "README.md", ROOT / "docs" / "integrate.md"]

READY = "document.querySelector('video').readyState >= 3"
PLAY = "void document.querySelector('video').play()"  # what it promises may never come
PAUSE = "document.querySelector('video').pause()"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("snippets") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def pages(server: Serving) -> Iterator[Site]:
    assert LIBRARIES.is_dir(), "the players are missing: run tools/test-needs"
    with site(server.url) as pages:
        yield pages


@pytest.fixture
def page(browser: Browser, pages: Site) -> Iterator[Page]:
    pages.asked.clear()
    context = browser.new_context()
    context.set_default_timeout(PATIENCE * 1000)
    yield context.new_page()
    context.close()


def opened(page: Page, pages: Site, snippet: str) -> list[str]:
    """What goes wrong in the page from now on."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(f"{pages.url}/page/{snippet}")
    page.wait_for_function(READY)
    return wrong


def watching(live: Any) -> dict[str, int]:
    return {row["channel"]: row["viewers"] for row in live["channels"] if row["viewers"]}


def until_one_watches(server: Serving) -> None:
    one = {"*": 1, CHANNEL: 1}
    server.until("one viewer", "/api/v1/live", lambda live: watching(live) == one)


def until_nobody_watches(server: Serving) -> None:
    server.until("nobody", "/api/v1/live", lambda live: not watching(live))


@pytest.mark.parametrize("snippet", PLAYERS)
def test_a_viewer_is_counted_from_play_to_pause_and_from_play_to_leaving(
    snippet: str, server: Serving, pages: Site, page: Page
) -> None:
    wrong = opened(page, pages, snippet)
    leaving: list[Callable[[], Any]] = [lambda: page.evaluate(PAUSE), page.close]
    for leave in leaving:
        page.evaluate(PLAY)
        until_one_watches(server)
        leave()
        until_nobody_watches(server)
    assert wrong == []
    assert not any((server.data / "quarantine").glob("*")), "a report was refused"


@pytest.mark.parametrize("snippet", BARE_MEDIA)
def test_media_requests_stay_as_they_are(snippet: str, pages: Site, page: Page) -> None:
    opened(page, pages, snippet)
    assert pages.asked
    assert [address for address in pages.asked if not address.endswith("?")] == []


def test_a_viewer_of_the_helper_is_known_again(server: Serving, pages: Site, page: Page) -> None:
    ids = set()
    for _ in range(2):
        opened(page, pages, "video.js")
        with page.expect_request(f"{server.url}/v1/reports") as request:
            page.evaluate(PLAY)
        body = json.loads(request.value.post_data or "")
        ids.add((body["viewer"], body["session"]))
    assert len({viewer for viewer, _ in ids}) == 1
    assert len({session for _, session in ids}) == 2


def test_a_device_that_the_address_names_is_one_viewer_in_two_playbacks(
    server: Serving, pages: Site, page: Page
) -> None:
    other = page.context.new_page()
    for each in (page, other):
        opened(each, pages, "hlsjs_device.js")
        each.evaluate(PLAY)

    def two_sessions_of_one(live: Any) -> bool:
        return [(row["viewers"], row["sessions"]) for row in live["channels"][:1]] == [(1, 2)]

    server.until("one device, playing twice", "/api/v1/live", two_sessions_of_one)
    for each in (page, other):
        each.evaluate(PAUSE)
    until_nobody_watches(server)


def test_what_the_helper_could_not_send_comes_with_its_next_report(
    server: Serving, pages: Site, page: Page
) -> None:
    opened(page, pages, "video.js")
    page.route(f"{server.url}/v1/reports", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.evaluate(PLAY)
    page.unroute(f"{server.url}/v1/reports")
    with page.expect_request(f"{server.url}/v1/reports") as request:
        page.evaluate(PAUSE)
    said = re.findall(r'"state":"(\w+)"', request.value.post_data or "")
    assert (said[0] in {"starting", "playing"}, said[-1]) == (True, "paused")


def test_shakas_own_events_name_no_state(server: Serving, pages: Site, page: Page) -> None:
    said: list[str] = []

    def hear(request: Request) -> None:
        said.append(request.post_data or "")

    page.on("request", hear)
    opened(page, pages, "shaka_events.js")
    page.evaluate(PLAY)
    page.wait_for_function("document.querySelector('video').currentTime > 1")
    page.evaluate(PAUSE)
    page.wait_for_function("document.querySelector('video').paused")
    assert any("sid=" in body for body in said)
    assert [body for body in said if "sta=" in body] == []
    page.close()
    until_nobody_watches(server)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_what_a_document_quotes_is_what_is_run(document: Path) -> None:
    snippets = {file.read_text() for file in HERE.glob("*.js")}
    quoted = re.findall(r"^```js\n(.*?)^```$", document.read_text(), re.MULTILINE | re.DOTALL)
    assert quoted
    assert [code for code in quoted if code not in snippets] == []


def test_every_snippet_is_quoted_somewhere() -> None:
    written = "".join(document.read_text() for document in DOCUMENTS)
    assert [
        name for name in [*PLAYERS, "count.js"] if (HERE / name).read_text() not in written
    ] == []


def test_what_the_readme_says_it_costs_was_measured() -> None:
    said = re.search(r"^21,420 .*", DOCUMENTS[0].read_text(), re.MULTILINE)
    assert said
    measured = (ROOT / "docs" / "cost.md").read_text()
    figures = re.findall(r"[\d,]*\d+(?: %| MB)", said[0])
    assert figures
    assert [figure for figure in figures if figure not in measured] == []
