"""What is taken of a programme as a file tells it, and what is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from audience.programmes import Programme

CHANNEL: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
TITLE_LIMIT: Final = 300  # characters
LONGEST: Final = 7 * 86_400  # s; longer than anything on air: one of the two times is mistyped
END_OF_TIME: Final = 2**32  # s, where ClickHouse's DateTime ends, in 2106


class Unreadable(Exception):
    """A file must be corrected or left out; nothing of it was imported."""


class Wrong(Exception):
    """One programme of a file is not good; the message says what is wrong, the caller where."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are understood.

    `channels`: our name for a file's name of a channel. `mapped_only`: channels that are not among
    these are left out. `zone`: whose clock times without an offset are told by, in CSV.
    `specials`: the categories, in lower case, that make a programme of XMLTV a special.
    """

    zone: ZoneInfo
    channels: Mapping[str, str] = field(default_factory=dict)
    mapped_only: bool = False
    specials: frozenset[str] = frozenset({"special"})

    def channel(self, named: str) -> str | None:
        """Our name of a channel, None where it is to be left out; raises Wrong."""
        if named in self.channels:
            return self.channels[named]
        if self.mapped_only:
            return None
        if not CHANNEL.fullmatch(named):
            message = f"channel {named!r} is none of ours: say --channel {named!r}=NAME"
            raise Wrong(message)
        return named


def checked(programme: Programme) -> Programme:
    """The programme, if it can be one; raises Wrong."""
    if not programme.title:
        message = "no title"
        raise Wrong(message)
    if len(programme.title) > TITLE_LIMIT:
        message = f"a title of {len(programme.title)} characters; {TITLE_LIMIT} are taken"
        raise Wrong(message)
    if programme.end <= programme.start:
        message = "it ends before it begins" if programme.end < programme.start else "zero length"
        raise Wrong(message)
    if programme.end - programme.start > LONGEST:
        message = f"longer than {LONGEST // 86_400} days: one of its times is wrong"
        raise Wrong(message)
    if programme.start < 0 or programme.end >= END_OF_TIME:
        message = "not between 1970 and 2106"
        raise Wrong(message)
    return programme


def title(text: str) -> str:
    """One line, without what could break it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
