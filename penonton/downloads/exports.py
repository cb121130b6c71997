"""What a file of a store tells, and the stores there are."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sinks.downloads import AppDownloads, Division


class Unreadable(Exception):
    """A file must be corrected or left out; nothing was imported."""


@dataclass(frozen=True, slots=True)
class StoreName:
    """`zone`: whose days the store's exports count in, as it documents."""

    key: str
    name: str
    zone: str


GOOGLE_PLAY: Final = StoreName("google-play", "Google Play", "America/Los_Angeles")
APP_STORE: Final = StoreName("app-store", "App Store", "America/Los_Angeles")
STORES: Final = {store.key: store for store in (GOOGLE_PLAY, APP_STORE)}


@dataclass(frozen=True, slots=True)
class Export:
    """A file: of each of its days all that the store told when it was made."""

    path: Path
    store: StoreName
    account: str
    division: Division
    days: Mapping[dt.date, frozenset[AppDownloads]]

    @property
    def reaches(self) -> dt.date:
        """Its last day: of two exports the one that reaches further was made later."""
        return max(self.days)
