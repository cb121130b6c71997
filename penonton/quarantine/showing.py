"""Rows of the quarantine: what came from anyone is shown so that it can do nothing."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Final

from ingest.quarantine import Quarantined
from penonton.output import Row

LISTED: Final = ("id", "time", "protocol", "platform", "reason", "bytes", "replayed")
SHOWN: Final = ("field", "value")
HARMLESS: Final = frozenset(range(0x20, 0x7F)) - frozenset(b"\\")


def listed(entries: Iterable[tuple[str, Quarantined]], replayed: frozenset[str]) -> Iterator[Row]:
    """A row of LISTED for each."""
    for name, entry in entries:
        yield {
            "id": name,
            "time": instant(entry.received),
            "protocol": entry.protocol,
            "platform": entry.platform,
            "reason": entry.reason,
            "bytes": len(entry.body),
            "replayed": "yes" if name in replayed else "no",
        }


def shown(name: str, entry: Quarantined, *, replayed: bool) -> Iterator[Row]:
    """One whole, a row of SHOWN for each of its fields."""
    fields = {
        "id": name,
        "time": instant(entry.received),
        "protocol": entry.protocol,
        "platform": entry.platform,
        "reason": entry.reason,
        "message": entry.message,
        "path": printable(entry.path.encode()),
        "cut": "yes: more was sent than is kept" if entry.cut else "no",
        "replayed": "yes" if replayed else "no",
        "body": printable(entry.body),
    }
    for field, value in fields.items():
        yield {"field": field, "value": value}


def printable(raw: bytes) -> str:
    r"""What was sent, in printable ASCII: all else, and a backslash, as `\x..`.

    So nothing reaches a terminal that it would obey, and the bytes can be told from it.
    """
    return "".join(chr(byte) if byte in HARMLESS else f"\\x{byte:02x}" for byte in raw)


def instant(ms: int) -> str:
    """An instant to the millisecond."""
    at = dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"
