"""The platform of a player: one of a few words, out of its User-Agent or what it calls itself."""

import re
from functools import lru_cache
from typing import Final

UNKNOWN: Final = ""
OTHER: Final = "other"

# Read from the top, the first hit decides: televisions run Android and browsers too, and an app's
# web view (wv) is the app's platform, while a browser on a phone is the web.
_MARKS: Final = tuple(
    (platform, re.compile(marks))
    for platform, marks in (
        (
            "tv",
            r"\btv|tv(?![a-z])|tizen|web0s|webos|crkey|\broku|bravia|\baft[a-z]|playstation|xbox",
        ),
        ("android", r"; wv\)|okhttp|exoplayer|media3|dalvik"),
        ("ios", r"applecoremedia|cfnetwork|avplayer"),
        ("web", r"mozilla/|opera/|\bweb\b"),
        ("android", r"android"),
        ("ios", r"\bios\b|iphone|ipad|darwin"),
    )
)
PLATFORMS: Final = frozenset({UNKNOWN, OTHER, *(platform for platform, _ in _MARKS)})

_LONGEST: Final = (
    512  # what is read of a User-Agent; the memory of the cache below is bounded by it
)


def platform_of_agent(agent: bytes) -> str:
    """What `platform_of` says of a User-Agent header."""
    return _platform_of_agent(agent[:_LONGEST])


@lru_cache(4096)
def _platform_of_agent(agent: bytes) -> str:
    return platform_of(agent.decode("latin-1"))


def platform_of(text: str) -> str:
    """One of PLATFORMS; UNKNOWN when `text` is empty, OTHER when it says nothing known."""
    return _platform_of(text[:_LONGEST])


@lru_cache(4096)
def _platform_of(text: str) -> str:
    lower = text.strip().lower()
    if not lower:
        return UNKNOWN
    return next((platform for platform, marks in _MARKS if marks.search(lower)), OTHER)
