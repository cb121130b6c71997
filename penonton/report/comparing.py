"""A figure against that of the period before."""

from typing import Final

from dashboards.report.contents import Figure, Name, Value

OF_ALL_DAYS: Final[frozenset[Name]] = frozenset(
    {
        "highest_reach",
        "highest_peak_viewers",
        "watch_hours",
        "new_downloads",
        "total_downloads",
        "redownloads",
        "updates",
    }
)
"""What one more day can only raise: comparable where no day is missing on either side."""


def compared(name: Name, now: Value, before: Value) -> Figure:
    """With the change, where the two can be compared."""
    return Figure(name, now, before, _change(name, now, before))


def _change(name: Name, now: Value, before: Value) -> float | None:
    if now.value is None or not before.value:
        return None
    if name in OF_ALL_DAYS and not (now.complete and before.complete):
        return None
    return (now.value - before.value) / before.value
