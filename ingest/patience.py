"""Connections whose request does not arrive: ended, so that they cannot be held open in numbers."""

import asyncio
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HTTP: Final = (HttpToolsProtocol, H11Protocol)

PATIENCE: Final = 30.0
"""So many seconds the head and the body of a request may take, at least; twice that, at most."""


async def end_slow_requests(server: uvicorn.Server, patience: float = PATIENCE) -> None:
    """Close connections of a running server that wait for the same request as a round before.

    Never returns. Looking at all of them at times costs nothing; a timer for each request would
    cost as much as reading a report, and could not see a head that does not arrive.
    """
    before: dict[Any, Any] = {}
    while True:
        await asyncio.sleep(patience)
        waiting = {
            connection: connection.cycle
            for connection in list(server.server_state.connections)
            if isinstance(connection, _HTTP) and _is_waiting(connection)
        }
        for connection, cycle in waiting.items():
            if connection in before and before[connection] is cycle:
                connection.transport.close()
        before = waiting


def _is_waiting(connection: HttpToolsProtocol | H11Protocol) -> bool:
    """Whether a request must arrive; between two of them uvicorn has a timer of its own."""
    cycle: Any = connection.cycle  # None at first, whatever its type says
    if cycle is None or cycle.response_complete:
        return connection.timeout_keep_alive_task is None
    return bool(cycle.more_body)
