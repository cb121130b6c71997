"""Reading JSON that a stranger wrote into a struct, or saying why not."""

import json
import re
from collections.abc import Mapping
from typing import Final, Generic, TypeVar

import msgspec

from ingest.reasons import Reason, Reject

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on bytes that are not the JSON it expects."""

MAX_BRACKETS: Final = 32
"""So many `{` and `[` a report may hold, in unknown fields and strings too: counting costs nothing,
and what has no more cannot nest deeper."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_FIELD: Final = re.compile(r"at `\$\.(\w+)")


class Reader(Generic[S]):
    """Reads one report. `reasons`: for each field, the reason when its type is wrong."""

    def __init__(self, kind: type[S], reasons: Mapping[str, Reason]) -> None:
        self._kind = kind
        self._reasons = reasons
        self._names = [field.encode_name for field in msgspec.structs.fields(kind)]
        self._decode = msgspec.json.Decoder(kind).decode

    def read(self, raw: bytes) -> S | Reason:
        """What the object in `raw` says, or why it cannot be taken.

        What JSON does not allow but people send (NaN, half a surrogate pair, bytes not UTF-8) is
        read so far that the reason can name the field it stands in.
        """
        if brackets(raw) > MAX_BRACKETS:
            return Reason.TOO_NESTED
        try:
            return self._decode(raw)
        except UNREADABLE:
            pass
        try:
            value = lenient(raw)
        except ValueError:
            return Reason.MALFORMED
        return self.convert(value)

    def convert(self, value: object) -> S | Reason:
        """What a value that was read already says, or why it cannot be taken."""
        if not isinstance(value, dict):
            return Reason.NOT_AN_OBJECT
        said = {name: _encodable(value[name]) for name in self._names if name in value}
        try:
            return msgspec.convert(said, self._kind)
        except msgspec.ValidationError as error:
            field = _FIELD.search(str(error))
            return self._reasons.get(field[1], Reason.MALFORMED) if field else Reason.MALFORMED


def _encodable(value: object) -> object:
    # msgspec raises on half a surrogate pair; NUL is refused by every field as well.
    return _SURROGATE.sub("\0", value) if isinstance(value, str) else value


def brackets(raw: bytes) -> int:
    """How many objects and arrays can begin in `raw`, at most."""
    return raw.count(b"{") + raw.count(b"[")


def lenient(raw: bytes) -> object:
    """The value in `raw`, also where it is JSON only to Python. Raises ValueError."""
    try:
        value: object = json.loads(raw.decode("utf-8", "surrogateescape"))
    except RecursionError as error:
        raise ValueError from error
    return value


def lines(body: bytes, most: int) -> list[bytes]:
    """The lines of a body that are not blank. Raises Reject: there is none, or more than `most`."""
    if body.count(b"\n") > 2 * most:  # a body of newlines must not become a list of a million
        raise Reject(Reason.TOO_MANY)
    return bounded([line for line in body.split(b"\n") if line.strip()], most)


def bounded(reports: list[T], most: int) -> list[T]:
    """The same reports. Raises Reject when there is none, or more than `most`."""
    if not reports:
        raise Reject(Reason.EMPTY)
    if len(reports) > most:
        raise Reject(Reason.TOO_MANY)
    return reports
