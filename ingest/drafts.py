"""A draft is what a player said, in the terms of our own JSON; other protocols translate."""

import re
from functools import lru_cache
from math import isfinite
from typing import Final

import msgspec

from audience.reports import Clock, Report
from audience.rules import DEFAULT_INTERVAL, MIN_INTERVAL
from audience.states import State
from ingest.platforms import platform_of
from ingest.reasons import Reason

ID_LIMIT: Final = 128
TEXT_LIMIT: Final = 64
SEQ_LIMIT: Final = 2**63

_CHANNEL: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CHANNEL_LIMIT: Final = 64
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")
# What could break a line, a terminal or an encoder: controls, separators of lines, lone surrogates.
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Draft(msgspec.Struct, gc=False):
    """A report's fields as our own JSON has them: `ts` in ms, `interval` and `playhead` in s."""

    session: str | None = None
    viewer: str | None = None
    channel: str | None = None
    state: State | None = None
    ts: int | float | None = None
    playhead: float | None = None
    interval: float | None = None
    seq: int | None = None
    platform: str | None = None
    app: str | None = None
    country: str | None = None


class Refusal(msgspec.Struct, frozen=True):
    """A report that is not taken: its place among the request's reports, why, and its bytes.

    `channel`: what it names, where that could be read.
    """

    index: int
    reason: Reason
    raw: bytes
    channel: str = ""


# Structs rather than dataclasses, here and below: some are made for every request, and a frozen
# dataclass takes six times as long to make.
class Context(msgspec.Struct, frozen=True):
    """What holds for all reports of a request, mostly because its address says so.

    `channel` wins over what a report says; `fallback` and `interval` (s) fill what it leaves out;
    `longest`: the longest interval (ms) that is taken. `viewer` is the device, where a report names
    none.
    """

    channel: str = ""
    fallback: str = ""
    interval: float | None = None
    longest: int = DEFAULT_INTERVAL
    viewer: str = ""


class Parsed(msgspec.Struct, frozen=True):
    """What a request holds. `answer`: what the protocol's players must be told when it is taken."""

    drafts: list[Draft]
    refusals: list[Refusal]
    answer: bytes = b""


class Origin(msgspec.Struct, frozen=True):
    """What the reports of a request share: `received` (ms); `platform` if one names none."""

    received: int
    protocol: str
    platform: str


def settle(draft: Draft, context: Context) -> Reason | None:
    """Give the draft what the address says, and say what is wrong with it."""
    draft.channel = context.channel or draft.channel or context.fallback
    if context.viewer and not draft.viewer:
        draft.viewer = context.viewer
    if draft.interval is None:
        draft.interval = context.interval
    return _wrong_name(draft) or _wrong_number(draft) or _wrong_text(draft)


def complete(
    draft: Draft,
    at: tuple[int, Clock],
    origin: Origin,
    ids: tuple[str, str],
    max_interval: int,
) -> Report:
    """The report of a settled draft. `at`: repaired time; `ids`: viewer and session, hashed."""
    playhead = draft.playhead
    return Report(
        t=at[0],
        viewer=ids[0],
        session=ids[1],
        channel=draft.channel or "",
        state=draft.state,
        # Adding 0.0 makes -0.0 into 0.0: reports of one place must be equal in every engine.
        playhead=None if playhead is None or playhead < 0 else playhead + 0.0,
        interval=interval_of(draft.interval, max_interval),
        seq=draft.seq or 0,
        received=origin.received,
        clock=at[1],
        protocol=origin.protocol,
        platform=platform_of(draft.platform) if draft.platform else origin.platform,
        app=draft.app or "",
        country=(draft.country or "").upper(),
    )


@lru_cache(1024)
def interval_of(seconds: float | None, longest: int) -> int:
    """The ms a player promised, of the seconds it said, held to what is taken."""
    if seconds is None:
        return min(DEFAULT_INTERVAL, longest)
    return round(min(max(seconds * 1000, MIN_INTERVAL), longest))


def _wrong_name(draft: Draft) -> Reason | None:
    if not draft.session:
        return Reason.NO_SESSION
    if not _printable(draft.session, ID_LIMIT):
        return Reason.BAD_SESSION
    if draft.viewer and not _printable(draft.viewer, ID_LIMIT):
        return Reason.BAD_VIEWER
    if not draft.channel:
        return Reason.NO_CHANNEL
    if len(draft.channel) > _CHANNEL_LIMIT or not is_channel(draft.channel):
        return Reason.BAD_CHANNEL
    return None


def _wrong_number(draft: Draft) -> Reason | None:
    if draft.ts is not None and not _finite(draft.ts):
        return Reason.BAD_TIME
    if draft.playhead is not None and not isfinite(draft.playhead):
        return Reason.BAD_PLAYHEAD
    if draft.interval is not None and not isfinite(draft.interval):
        return Reason.BAD_INTERVAL
    if draft.seq is not None and not 0 <= draft.seq < SEQ_LIMIT:
        return Reason.BAD_SEQ
    return None


def _wrong_text(draft: Draft) -> Reason | None:
    if draft.platform and not _printable(draft.platform, TEXT_LIMIT):
        return Reason.BAD_TEXT
    if draft.app and not _printable(draft.app, TEXT_LIMIT):
        return Reason.BAD_TEXT
    if draft.country and not _COUNTRY.fullmatch(draft.country):
        return Reason.BAD_TEXT
    return None


def _finite(number: float) -> bool:
    # isfinite() of an int beyond a double raises; any int is finite.
    return isinstance(number, int) or isfinite(number)


def _printable(text: str, limit: int) -> bool:
    return len(text) <= limit and (text.isprintable() or not _UNPRINTABLE.search(text))


@lru_cache(4096)
def is_channel(name: str) -> bool:
    """Whether a channel can have this name."""
    return _CHANNEL.fullmatch(name) is not None
