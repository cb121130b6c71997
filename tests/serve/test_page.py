"""The live page of a real `serve`, in a real Chromium, while players play."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from penonton.simulate.playing import play
from tests.serve.running import QUICK, serving

SLOW = 60_000  # ms that a page is given to show what it must
INTERVALS = QUICK | {"PENONTON_MAX_INTERVAL": "30"}  # the simulated players' own


@contextmanager
def players(viewers: int, against: str) -> Iterator[None]:
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    playing = threading.Thread(
        target=loop.run_until_complete, args=(play(viewers, against, 1, stop),)
    )
    playing.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        playing.join()
        loop.close()


def state(page: Page, name: str) -> None:
    expect(page.locator("body")).to_have_attribute("data-state", name, timeout=SLOW)


def test_numbers_move_and_a_server_that_is_gone_is_not_shown_as_live(
    browser: Browser, tmp_path: Path
) -> None:
    said: list[str] = []
    with serving(tmp_path / "data", INTERVALS) as server, browser.new_context() as context:
        page = context.new_page()
        page.on("console", lambda told: said.append(told.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(server.url)
        state(page, "live")
        with players(40, server.url):
            now = page.locator("#now")
            expect(now).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=SLOW)
            before = now.inner_text()
            expect(now).not_to_have_text(before, timeout=SLOW)
            expect(page.locator("#channels tr")).not_to_have_count(1, timeout=SLOW)
            expect(page.locator("#chart .curve.provisional")).to_have_count(1, timeout=SLOW)
        assert server.stop() == 0
        state(page, "stale")
        expect(page.locator("#now")).to_have_text("not known")
        server.start()
        server.until_ready()
        state(page, "live")
        expect(page.locator("#reach")).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=SLOW)
    assert [text for text in said if "net::ERR_" not in text] == []
