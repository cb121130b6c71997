"""Which of what was refused is a viewer's: there ids lie as they were sent."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote_plus

from ingest.guards import inflated
from ingest.quarantine import BODY_LIMIT, Quarantined
from ingest.reasons import Reject

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_GZIP: Final = b"\x1f\x8b"


def names(entry: Quarantined, identify: Callable[[str], str], viewer: str, raw: str | None) -> bool:
    """Whether the entry names this viewer: its hash is `viewer`, and its id `raw`, if known."""
    for text in (_body(entry), unquote_plus(entry.path)):
        if raw and raw in text:
            return True
        if any(identify(said) == viewer for said in _strings(text)):
            return True
    return False


def _body(entry: Quarantined) -> str:
    body = entry.body
    if body.startswith(_GZIP):
        with contextlib.suppress(Reject):
            body = inflated(body, b"gzip", 64 * BODY_LIMIT)
    return body.decode("utf-8", "replace")


def _strings(text: str) -> Iterator[str]:
    """Every string that is quoted, as in JSON and in CMCD."""
    for quoted in _QUOTED.findall(text):
        try:
            said = json.loads(quoted)
        except ValueError:
            said = quoted[1:-1]
        if isinstance(said, str):
            yield said
