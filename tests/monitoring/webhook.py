"""Where Alertmanager's messages arrive, and when."""

import http.server
import threading
import time
from dataclasses import dataclass
from typing import Any, Self

import msgspec


@dataclass(frozen=True, slots=True)
class Called:
    """An alert in a message; `at`: when the message came (s since the epoch)."""

    at: float
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def name(self) -> str:
        return self.labels["alertname"]

    @property
    def what(self) -> tuple[str, str]:
        """Its kind, and of which channel; a platform or everything: none."""
        return self.labels["kind"], self.labels.get("channel", "")


class Webhook:
    """A context manager: it answers inside."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.calls: list[Called] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/penonton"

    @property
    def firing(self) -> list[Called]:
        return [call for call in self.calls if call.status == "firing"]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, name="webhook").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, body: bytes) -> None:
        message = msgspec.json.decode(body)
        self.messages.append(message)
        self.calls += [
            Called(time.time(), each["status"], each["labels"], each["annotations"])
            for each in message["alerts"]
        ]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        take = self._take

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                take(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
