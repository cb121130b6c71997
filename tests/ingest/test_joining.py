"""What a client gets is what uvicorn sends, in fewer pieces."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import uvicorn

from ingest.answers import Send
from ingest.collector import Scope
from ingest.guards import Receive
from ingest.serving import uvicorn_settings

BODY = b"headed\r\ncontent-length: 0\r\n\r\n"
LENGTH = (b"content-length", b"%d" % len(BODY))


class App:
    """Answers by path; `go` lets the second half of a slow answer out."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        path = scope["path"]
        headers = [LENGTH] if path in {"/whole", "/broken"} else []
        status = 204 if path == "/none" else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if path == "/broken":
            raise ValueError
        if path == "/slow":
            await self.go.wait()
        body = b"" if path == "/none" else BODY
        await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def connected(app: App) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level=60, **uvicorn_settings()))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        yield reader, writer
        writer.close()
        server.should_exit = True
        await serving


def request(method: str, path: str) -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode()


def test_head_and_body_come_in_one_piece_time_and_again() -> None:
    async def run() -> None:
        async with connected(App()) as (reader, writer):
            for _ in range(3):
                writer.write(request("GET", "/whole"))
                answer = await asyncio.wait_for(reader.read(65_536), 60)
                assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
                assert answer.endswith(b"\r\n\r\n" + BODY)

    asyncio.run(run())


def test_an_answer_without_a_body_and_one_to_head_are_not_kept() -> None:
    async def run() -> None:
        async with connected(App()) as (reader, writer):
            for method, path in (("HEAD", "/whole"), ("GET", "/none"), ("HEAD", "/whole")):
                writer.write(request(method, path))
                answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
                assert answer.startswith(b"HTTP/1.1 20")

    asyncio.run(run())


def test_the_head_of_a_stream_does_not_wait_for_its_first_piece() -> None:
    async def run() -> None:
        app = App()
        async with connected(app) as (reader, writer):
            writer.write(request("GET", "/slow"))
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
            assert b"transfer-encoding: chunked" in head
            app.go.set()
            assert await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 60)

    asyncio.run(run())


def test_requests_sent_at_once_are_answered_in_order() -> None:
    async def run() -> None:
        async with connected(App()) as (reader, writer):
            writer.write(request("GET", "/whole") + request("HEAD", "/whole"))
            writer.write(request("GET", "/none"))
            for ending in (b"\r\n\r\n" + BODY, b"\r\n\r\n", b"\r\n\r\n"):
                assert await asyncio.wait_for(reader.readuntil(ending), 60)

    asyncio.run(run())


def test_what_an_app_that_breaks_had_begun_is_sent_before_the_end() -> None:
    async def run() -> bytes:
        async with connected(App()) as (reader, writer):
            writer.write(request("GET", "/broken"))
            return await asyncio.wait_for(reader.read(), 60)

    assert asyncio.run(run()).startswith(b"HTTP/1.1 200 OK\r\n")
