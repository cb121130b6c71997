"""A ClickHouse of one's own to kill: the bridge to chDB as a process, on a port that stays."""

import os
import socketserver
import sys
from collections.abc import Sequence

import chdb

from tests.sinks.native_bridge import Bridge, Connection


class KeptPort(Bridge):
    """On the port that it is given."""

    allow_reuse_address = True

    def __init__(self, path: str, port: int) -> None:
        self.path, self.who = path, ("default", "")
        socketserver.ThreadingTCPServer.__init__(self, ("127.0.0.1", port), Connection)


def main(arguments: Sequence[str]) -> None:
    """Serve the database in the folder that is named first, until killed."""
    (path,) = arguments
    held = chdb.connect(path)  # noqa: F841 - else it would be opened and closed by each client
    with KeptPort(path, int(os.environ["PENONTON_PORT"])) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
