"""XMLTV, by its DTD: https://github.com/XMLTV/xmltv/blob/master/xmltv.dtd."""

import contextlib
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from audience.programmes import Programme
from penonton.programmes.reading import Reading, Unreadable, Wrong, checked, title

# Of the times that the DTD allows, those to the minute or second; without a zone UTC is meant.
# Names of zones are not taken beyond UTC's own: BST is an hour ahead in London and six in Dhaka.
_TIME: Final = re.compile(r"(\d{12})(\d\d)?(?: ?([+-]\d{4}|UTC|UT|GMT|Z))?")


@dataclass(slots=True)
class _Said:
    """A <programme> element as it stands in the file."""

    line: int
    channel: str
    start: str
    stop: str
    title: str | None = None
    categories: list[str] = field(default_factory=list)


def programmes(data: bytes, reading: Reading, source: str) -> list[Programme]:
    """Those of an XMLTV document; raises Unreadable with the line."""
    listener = _Listener()
    parser = make_parser()
    # Listings name their DTD, which would count. It is not fetched, and entities stay forbidden.
    parser.forbid_external = False
    parser.setContentHandler(listener)
    try:
        parser.parse(io.BytesIO(data))
    except SAXParseException as error:
        message = f"line {error.getLineNumber()}: not well-formed XML: {error.getMessage()}"
        raise Unreadable(message) from error
    except DefusedXmlException as error:
        message = f"line {parser.getLineNumber()}: it declares entities, which no listing needs"
        raise Unreadable(message) from error
    except (SAXException, UnicodeError, LookupError) as error:
        message = f"line {parser.getLineNumber()}: {error}"
        raise Unreadable(message) from error
    if listener.root != "tv":
        message = f"line 1: XMLTV begins with <tv>, this with <{listener.root}>"
        raise Unreadable(message)
    return _understood(listener.said, reading, source)


def second(text: str) -> int:
    """Of `20261125120000 +0700`: s since the epoch; raises Wrong."""
    found = _TIME.fullmatch(text.strip())
    try:
        assert found
        when = dt.datetime.strptime(found[1] + (found[2] or "00"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - the offset comes next
    except (AssertionError, ValueError):
        message = f"{text!r} is no time like 20261125190000 +0700, to the minute or second"
        raise Wrong(message) from None
    offset = found[3] if found[3] and found[3][0] in "+-" else "+0000"
    ahead = (int(offset[1:3]) * 60 + int(offset[3:])) * (-60 if offset[0] == "-" else 60)
    return int(when.replace(tzinfo=dt.UTC).timestamp()) - ahead


def _understood(said: list[_Said], reading: Reading, source: str) -> list[Programme]:
    following, found = _following(said), []
    for each in said:
        try:
            programme = _programme(each, following, reading, source)
        except Wrong as wrong:
            message = f"line {each.line}: {wrong}"
            raise Unreadable(message) from None
        if programme is not None:
            found.append(programme)
    return found


def _programme(
    said: _Said, following: Mapping[tuple[str, int], int], reading: Reading, source: str
) -> Programme | None:
    channel = reading.channel(said.channel)
    if channel is None:
        return None
    start = second(said.start)
    end = second(said.stop) if said.stop else following.get((said.channel, start))
    if end is None:
        message = "no stop, and nothing follows on this channel: say when it ends"
        raise Wrong(message)
    special = any(each.strip().lower() in reading.specials for each in said.categories)
    return checked(Programme(start, channel, title(said.title or ""), end, special, source))


def _following(said: Iterable[_Said]) -> dict[tuple[str, int], int]:
    """Of (channel, start) when the next one starts: what has no stop ends there."""
    starts = set()
    for each in said:
        with contextlib.suppress(Wrong):  # it is said where the programme is read
            starts.add((each.channel, second(each.start)))
    return {
        (channel, start): then
        for (channel, start), (following, then) in pairwise(sorted(starts))
        if channel == following
    }


class _Listener(ContentHandler):
    """Notes the programmes of a document with the lines where they begin."""

    def __init__(self) -> None:
        super().__init__()
        self.root = ""
        self.said: list[_Said] = []
        self._open: _Said | None = None
        self._text: list[str] | None = None
        self._lines = self._at_no_line

    def setDocumentLocator(self, locator: object) -> None:  # noqa: N802 - a name of xml.sax
        """Where the parser is, as the parser tells it."""
        self._lines = locator.getLineNumber  # type: ignore[attr-defined] # xml.sax's Locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - a name of xml.sax
        """Notes a programme; listens to what it is called and of which categories."""
        self.root = self.root or name
        if name == "programme":
            self._open = _Said(
                self._lines(),
                attrs.get("channel", ""),
                attrs.get("start", ""),
                attrs.get("stop", ""),
            )
            self.said.append(self._open)
        if self._open and name in ("title", "category"):
            self._text = []

    def skippedEntity(self, name: str) -> None:  # noqa: N802 - a name of xml.sax
        """A title must not lose a part of it unsaid."""
        message = f"undefined entity &{name};"
        raise SAXException(message)

    def characters(self, content: str) -> None:
        """Gathers text."""
        if self._text is not None:
            self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - a name of xml.sax
        """Keeps the first title and every category."""
        if name == "programme":
            self._open = None
        if self._open and self._text is not None:
            text = "".join(self._text)
            if name == "category":
                self._open.categories.append(text)
            elif self._open.title is None:
                self._open.title = text
            self._text = None

    @staticmethod
    def _at_no_line() -> int:
        return 1
