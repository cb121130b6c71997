"""Stretches of seconds that figures are of: a local day, a programme."""

from dataclasses import dataclass
from typing import Protocol


class Stretch(Protocol):
    """Consecutive whole seconds, in s since the epoch."""

    @property
    def first(self) -> int:
        """The first of them."""

    @property
    def end(self) -> int:
        """The first second after them."""

    @property
    def seconds(self) -> range:
        """All of them."""


@dataclass(frozen=True, slots=True)
class Span:
    """The seconds from `first` to `end`, which is not among them."""

    first: int
    end: int

    @property
    def seconds(self) -> range:
        """All of them."""
        return range(self.first, self.end)
