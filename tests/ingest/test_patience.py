"""Who does not send what it began to send is not waited for."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from ingest.answers import Send
from ingest.collector import Scope
from ingest.guards import Receive
from ingest.patience import end_slow_requests

ROUND = 0.1
HEAD = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def late(_scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body and answer, but not soon."""
    while (await receive()).get("more_body"):
        pass
    await asyncio.sleep(4 * ROUND)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@contextlib.asynccontextmanager
async def connected(http: str) -> AsyncIterator[Connection]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(late, log_level="critical", lifespan="off", http=http)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        ending = asyncio.create_task(end_slow_requests(server, ROUND))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        yield reader, writer
        writer.close()
        ending.cancel()
        server.should_exit = True
        await serving


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("sent", [b"", HEAD[:20], HEAD, HEAD + b"1234"])
def test_a_request_that_stays_unfinished_ends_its_connection(http: str, sent: bytes) -> None:
    async def run() -> bytes:
        async with connected(http) as (reader, writer):
            writer.write(sent)
            return await asyncio.wait_for(reader.read(), 60)

    assert asyncio.run(run()) == b""


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_an_answer_may_take_its_time(http: str) -> None:
    async def run() -> bytes:
        async with connected(http) as (reader, writer):
            writer.write(HEAD + b"12345")
            return await asyncio.wait_for(reader.readline(), 60)

    assert asyncio.run(run()) == b"HTTP/1.1 204 No Content\r\n"
