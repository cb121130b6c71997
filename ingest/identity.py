"""Ids of players leave the collector only as keyed hashes."""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

KEY_LIMIT = 64  # bytes: what BLAKE2b takes as a key
SIZE = 16
KEPT: Final = 65_536  # ids whose hash is remembered: a player says its own with each report


class Identity:
    """Turns an id as a player wrote it into 32 hex digits; an empty key: a plain (unkeyed) hash."""

    def __init__(self, key: str) -> None:
        raw = key.encode()
        if len(raw) > KEY_LIMIT:
            raw = blake2b(raw).digest()
        # Copying a state that has taken the key in is a quarter cheaper than keying anew.
        self._keyed = blake2b(digest_size=SIZE, key=raw)
        self._known = lru_cache(KEPT)(self._hash)

    def __call__(self, raw: str) -> str:
        """The hash of `raw`, any text at all: stored files may hold lone surrogates."""
        return self._known(raw)

    def _hash(self, raw: str) -> str:
        state = self._keyed.copy()
        state.update(raw.encode("utf-8", "surrogatepass"))
        return state.hexdigest()
