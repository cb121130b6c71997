"""Processes of Penonton that are started, killed, paused and looked at."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tests.kafka.brokers import free_ports

PATIENCE = 120.0  # s until something that must happen has happened, however slow the machine
HOME = Path(__file__).parents[2]


def until(
    what: str | Callable[[], str], holds: Callable[[], Any], patience: float = PATIENCE
) -> Any:
    """What `holds` answers once that is true; `what`: said where it never is, as it is then."""
    end = time.monotonic() + patience
    while not (answer := holds()):
        assert time.monotonic() < end, what if isinstance(what, str) else what()
        time.sleep(0.1)
    return answer


class Process:
    """A Python module that runs, is killed and started again with the same port and folder."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        settings: Mapping[str, str],
        under: Sequence[str] = (),
    ) -> None:
        """`under`: a command that runs it."""
        folder = Path(settings["PENONTON_DATA"])
        folder.mkdir(parents=True, exist_ok=True)
        self.messages = folder.parent / f"{name}.txt"
        self.name, self.data = name, folder
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [*under, sys.executable, "-m", *arguments]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PENONTON_")}
        self._environment = clean | dict(settings) | {"PENONTON_PORT": str(self.port)}
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False

    def start(self) -> None:
        assert not self.running
        with self.messages.open("a") as messages:
            self._process = subprocess.Popen(
                self._command,
                cwd=HOME,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=messages,
            )
        self._paused = False

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def said(self) -> str:
        return self.messages.read_text()[-6000:]

    def kill(self) -> None:
        """As kill -9."""
        self._send(signal.SIGKILL)
        self.ended()

    def stop(self, patience: float = PATIENCE) -> int:
        """As an operator would; its exit status."""
        self._send(signal.SIGTERM)
        return self.ended(patience)

    def ended(self, patience: float = PATIENCE) -> int:
        """Its exit status, once it has one."""
        assert self._process
        return self._process.wait(patience)

    def pause(self) -> None:
        """It holds its connections and does nothing."""
        self._send(signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        self._send(signal.SIGCONT)
        self._paused = False

    def get(self, path: str) -> Any:
        """What it answers, None where it says no or nothing."""
        if self._paused or not self.running:
            return None
        with (
            contextlib.suppress(OSError, TimeoutError, urllib.error.HTTPError),
            urllib.request.urlopen(self.url + path, timeout=5) as answer,
        ):
            body = answer.read()
            return msgspec.json.decode(body) if body.startswith((b"{", b"[")) else body
        return None

    def until_answers(self, path: str = "/healthz") -> None:
        def answers() -> Any:
            assert self.running, self.said
            return self.get(path) is not None

        until(f"{self.name} answers: {self.messages}", answers)

    def _send(self, sign: signal.Signals) -> None:
        assert self.running, f"{self.name} has ended: {self.said}"
        assert self._process
        self._process.send_signal(sign)
