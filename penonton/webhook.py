"""A webhook: posts the live number of some channels now and then, beside everything else."""

import asyncio
import hmac
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

import aiohttp
import msgspec

from dashboards.web.instants import written
from dashboards.web.numbers import Numbers
from dashboards.web.shown import ShownPolicy, shown
from penonton.policy import shown_elsewhere
from penonton.settings import Settings

SIGNATURE: Final = "X-Penonton-Signature"
TIMEOUT: Final = 5.0  # s for one try
PAUSES: Final = (1.0, 3.0)  # s before the second and the third try; then the next interval's turn
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to post, every `interval` s, about which channels; signed if there is a `secret`."""

    url: str
    interval: int
    channels: Sequence[str]
    secret: str = ""


class Webhook:
    """Posts what `numbers` say, as `policy` lets it be shown; `clock` gives ms since the epoch.

    `wanted`: whether this process is the one to post.
    """

    def __init__(
        self,
        target: Target,
        numbers: Numbers,
        policy: ShownPolicy,
        zone: ZoneInfo,
        clock: Callable[[], int],
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._target = target
        self._numbers = numbers
        self._policy = policy
        self._zone = zone
        self._clock = clock
        self._wanted = wanted
        self._failing = False

    async def run(self) -> None:
        """Posts until it is cancelled; no failure ends it, and none makes it post later."""
        limit = aiohttp.ClientTimeout(total=TIMEOUT)
        async with aiohttp.ClientSession(timeout=limit) as session:
            turn = time.monotonic()
            while True:
                if self._wanted():
                    self._tell(await self._posted(session))
                turn = max(turn + self._target.interval, time.monotonic())
                await asyncio.sleep(turn - time.monotonic())

    async def body(self) -> bytes:
        """What is posted now."""
        now = self._clock()
        channels = [
            await shown(self._numbers, channel, self._policy, self._zone, now)
            for channel in self._target.channels
        ]
        return msgspec.json.encode({"sent": written(now // 1000), "channels": channels})

    async def _posted(self, session: aiohttp.ClientSession) -> str:
        """What went wrong; empty: nothing did."""
        try:
            return await self._post(session)
        except Exception as error:  # noqa: BLE001 - whatever it is, the count must go on
            return repr(error)

    async def _post(self, session: aiohttp.ClientSession) -> str:
        wrong = ""
        for pause in (0.0, *PAUSES):
            await asyncio.sleep(pause)
            wrong, again = await self._try(session)
            if not again:
                break
        return wrong

    async def _try(self, session: aiohttp.ClientSession) -> tuple[str, bool]:
        body = await self.body()  # a later try must not bring an older number
        headers = {"content-type": "application/json"}
        if self._target.secret:
            headers[SIGNATURE] = signature(self._target.secret, body)
        try:
            async with session.post(
                self._target.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            return str(error) or type(error).__name__, True
        again = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
        good = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        return "" if good else f"it answered {status}", again

    def _tell(self, wrong: str) -> None:
        """Says when it begins to fail, and when that is over: not each time."""
        if wrong and not self._failing:
            _log.warning("the webhook cannot be posted: %s; it will be tried again", wrong)
        elif self._failing and not wrong:
            _log.warning("the webhook is posted again")
        self._failing = bool(wrong)


def webhook(
    settings: Settings,
    numbers: Numbers,
    clock: Callable[[], int],
    wanted: Callable[[], bool] = lambda: True,
) -> Webhook | None:
    """What the settings ask for; None: none."""
    if not settings.webhook_url:
        return None
    target = Target(
        settings.webhook_url,
        settings.webhook_interval,
        settings.webhook_channels,
        settings.webhook_secret,
    )
    policy, zone = shown_elsewhere(settings), ZoneInfo(settings.zones[0])
    return Webhook(target, numbers, policy, zone, clock, wanted)


def signature(secret: str, body: bytes) -> str:
    """What the receiver compares with its own: HMAC-SHA256 of the body's bytes."""
    return f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"
