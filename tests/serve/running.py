"""A real `penonton serve` in a process of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

PATIENCE = 180  # s until something that must happen has happened, however slow the machine

QUICK = {"PENONTON_LATENESS": "2", "PENONTON_MAX_INTERVAL": "5"}
"""Settings with which a second is final after 17 s."""
PLAIN = {**QUICK, "PENONTON_ID_KEY": ""}
"""And with which ids are hashed without a key, as tests do it."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Serving:
    """The process that serves `data` on `port`; it can be killed and started again."""

    def __init__(self, data: Path, settings: Mapping[str, str]) -> None:
        self.data, self.port = data, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.messages = data.parent / "messages.txt"
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PENONTON_")}
        self._environment = clean | {"PENONTON_DATA": str(data)} | dict(settings)
        self.start()

    def start(self, *options: str) -> None:
        with self.messages.open("a") as messages:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "penonton", "serve", "--port", str(self.port), *options],
                env=self._environment,
                stdout=messages,
                stderr=messages,
            )

    def stop(self, sign: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            return msgspec.json.decode(answer.read())

    def text(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            text: str = answer.read().decode()
            return text

    def post(self, path: str, body: object) -> int:
        request = urllib.request.Request(self.url + path, msgspec.json.encode(body))
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            status: int = answer.status
            return status

    def until_ready(self) -> None:
        for _ in range(PATIENCE * 10):
            assert self.process.poll() is None, self.messages.read_text()
            with contextlib.suppress(OSError):  # not yet listening, or not ready: 503
                self.get("/readyz")
                return
            time.sleep(0.1)
        raise AssertionError(self.messages.read_text())

    def until(self, what: str, path: str, holds: Any) -> Any:
        """The answer of `path` once it `holds`."""
        answer = None
        for _ in range(PATIENCE * 4):
            with contextlib.suppress(urllib.error.HTTPError):
                answer = self.get(path)
                if holds(answer):
                    return answer
            time.sleep(0.25)
        message = f"{what}: {answer}\n{self.messages.read_text()}"
        raise AssertionError(message)


@contextlib.contextmanager
def serving(data: Path, settings: Mapping[str, str] = QUICK) -> Iterator[Serving]:
    server = Serving(data, settings)
    try:
        server.until_ready()
        yield server
    finally:
        if server.process.poll() is None:
            server.stop(signal.SIGKILL)
