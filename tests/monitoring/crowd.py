"""Players of one channel who come, leave and fall silent when they are told to."""

import threading
import time
import urllib.request
from collections.abc import Iterator
from itertools import cycle
from typing import Any, Final, Self
from uuid import uuid4

import msgspec

from penonton.simulate.visits import PLATFORMS

INTERVAL: Final = 10
"""s between a player's reports."""
TURN: Final = 0.5
"""s between looks at whose report is due."""


class Crowd:
    """`size` players who report to `url` what `penonton simulate` would: a context manager."""

    def __init__(self, url: str, channel: str, size: int) -> None:
        self._url = f"{url}/v1/reports"
        self._channel = channel
        self._platforms: Iterator[str] = cycle(PLATFORMS)
        self._due: dict[str, tuple[float, str]] = {}  # by session: when (s), and the platform
        self._leaving: dict[str, float] = {}
        self._silent = False
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._play, name=channel)
        self.come(size, INTERVAL)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def come(self, count: int, within: float) -> None:
        """So many more, evenly over `within` s."""
        now = time.monotonic()
        with self._lock:
            for n in range(count):
                self._due[uuid4().hex] = (now + within * n / count, next(self._platforms))

    def leave(self, count: int, within: float) -> None:
        """So many of them stop, and their players say so, evenly over `within` s."""
        now = time.monotonic()
        with self._lock:
            for n, session in enumerate(list(self._due)[:count]):
                self._leaving[session] = now + within * n / count

    def fall_silent(self) -> None:
        """Their reports arrive no more, and neither do goodbyes."""
        self._silent = True

    def _play(self) -> None:
        while not self._stopping.wait(TURN):
            lines = list(self._said(time.monotonic()))
            if lines and not self._silent:
                body = b"\n".join(map(msgspec.json.encode, lines))
                request = urllib.request.Request(self._url, body)
                urllib.request.urlopen(request, timeout=60).close()

    def _said(self, now: float) -> Iterator[dict[str, Any]]:
        with self._lock:
            for session in [each for each, at in self._leaving.items() if at <= now]:
                del self._leaving[session]
                _, platform = self._due.pop(session)
                yield self._report(session, platform, "quit")
            for session, (due, platform) in list(self._due.items()):
                if due <= now:
                    self._due[session] = (due + INTERVAL, platform)
                    yield self._report(session, platform, "playing")

    def _report(self, session: str, platform: str, state: str) -> dict[str, Any]:
        return {
            "viewer": session,
            "session": session,
            "channel": self._channel,
            "platform": platform,
            "state": state,
            "interval": INTERVAL,
            "ts": time.time_ns() // 1_000_000,
        }
