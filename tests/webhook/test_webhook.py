"""The webhook against a receiver that takes it, refuses it, hangs, and is not there."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from dashboards.web.shown import ShownPolicy
from penonton.settings import Settings
from penonton.webhook import SIGNATURE, Target, Webhook, signature, webhook
from tests.web.played import JAKARTA, NOON, PlayedNumbers

PAGE = Path(__file__).parents[2] / "docs" / "hooks.md"


class Receiver:
    """Answers with the next of `statuses`, and the last of them for ever after; None: it hangs."""

    def __init__(self, *statuses: int | None) -> None:
        self.statuses = list(statuses)
        self.got: list[tuple[bytes, str]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((await request.read(), request.headers.get(SIGNATURE, "")))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status is None:
            await asyncio.sleep(3_600)
        return web.Response(status=status or 200, headers={"location": "/moved"})


def posted(
    receiver: Receiver,
    until: Callable[[], bool],
    numbers: PlayedNumbers | None = None,
    wanted: Callable[[], bool] = lambda: True,
    **target: Any,
) -> None:
    """Runs a webhook against the receiver until it holds."""

    async def run() -> None:
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", receiver.take)
        runner = web.AppRunner(app, shutdown_timeout=0.01)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        given: dict[str, Any] = {
            "url": f"http://127.0.0.1:{port}/hook",
            "interval": 3_600,
            "channels": ("*", "rcti"),
        }
        hook = Webhook(
            Target(**(given | target)),
            numbers or PlayedNumbers(second=NOON),
            ShownPolicy(digits=2),
            JAKARTA,
            lambda: NOON * 1000,
            wanted,
        )
        task = asyncio.create_task(hook.run())
        for _ in range(3_000):
            await asyncio.sleep(0.01)
            if until():
                break
        task.cancel()
        await runner.cleanup()
        assert until(), "it never came to hold"

    asyncio.run(run())


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penonton.webhook.PAUSES", (0.01, 0.01))
    monkeypatch.setattr("penonton.webhook.TIMEOUT", 0.5)


def test_the_numbers_are_posted_and_signed_as_documented() -> None:
    receiver = Receiver(204)
    posted(receiver, lambda: len(receiver.got) == 1, secret="a secret")
    body, signed = receiver.got[0]
    said = msgspec.json.decode(body)
    assert said["sent"] == "2026-11-25T12:03:07Z"
    assert [each["channel"] for each in said["channels"]] == ["*", "rcti"]
    assert said["channels"][0]["viewers"] % 100 == 0
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    documented: dict[str, Any] = {}
    exec(code, documented)  # noqa: S102 - our own documentation
    assert documented["is_ours"]("a secret", body, signed)
    assert not documented["is_ours"]("another", body, signed)
    assert signature("a secret", body) == signed
    example = msgspec.json.decode(re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)[0])
    assert (example.keys(), example["channels"][0].keys()) == (
        said.keys(),
        said["channels"][0].keys(),
    )


def test_without_a_secret_nothing_is_signed() -> None:
    receiver = Receiver(200)
    posted(receiver, lambda: len(receiver.got) == 1)
    assert receiver.got[0][1] == ""


@pytest.mark.parametrize("first", [500, 503, 429, None])
def test_what_may_pass_is_tried_again(first: int | None) -> None:
    receiver = Receiver(first, 200)
    posted(receiver, lambda: len(receiver.got) == 2)


@pytest.mark.parametrize(("status", "tries"), [(500, 3), (400, 1), (410, 1), (302, 1)])
def test_it_is_tried_three_times_at_most_and_what_is_refused_once(status: int, tries: int) -> None:
    """A turn of the next interval shows that the one before was over."""
    receiver = Receiver(*[status] * tries, 200)
    posted(receiver, lambda: len(receiver.got) == tries + 1, interval=1)


def test_data_that_stopped_are_posted_as_not_known() -> None:
    receiver = Receiver(200)
    posted(receiver, lambda: len(receiver.got) == 1, PlayedNumbers(second=NOON - 60))
    said = msgspec.json.decode(receiver.got[0][0])
    assert {(each["viewers"], each["at"]) for each in said["channels"]} == {(None, None)}


def test_it_says_once_that_it_fails_and_once_that_it_works_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver = Receiver(400, 400, 200, 200)
    posted(receiver, lambda: len(receiver.got) == 4, interval=1)
    said = [record.message for record in caplog.records if record.name == "penonton.webhook"]
    assert len(said) == 2
    assert "it answered 400" in said[0]
    assert "again" in said[1]


def test_numbers_that_fail_do_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(PlayedNumbers):
        broken = True

        def viewers(self, channel: str, second: int) -> int:
            if self.broken:
                self.broken = False
                message = "out of order"
                raise RuntimeError(message)
            return super().viewers(channel, second)

    receiver = Receiver(200)
    posted(receiver, lambda: len(receiver.got) == 1, Broken(second=NOON), interval=1)
    assert "out of order" in caplog.text


def test_who_is_not_to_post_does_not() -> None:
    receiver, turns = Receiver(200), iter([False, False, True])
    left = [3]

    def wanted() -> bool:
        left[0] -= 1
        return next(turns, False)

    posted(receiver, lambda: left[0] == 1, wanted=wanted, interval=1)
    assert receiver.got == []


def test_without_an_address_there_is_none() -> None:
    assert webhook(Settings(), PlayedNumbers(), lambda: 0) is None
    assert webhook(Settings(webhook_url="http://x/"), PlayedNumbers(), lambda: 0) is not None
