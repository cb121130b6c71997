import numpy as np

from audience.levels import Levels
from penonton.simulate.comparison import COLUMNS, Comparison, Counted, compare


def levels(**viewers: list[int]) -> Levels:
    counts = np.array(list(viewers.values()), np.int32)
    names = ["*" if channel == "anything" else channel for channel in viewers]
    return Levels(names, 0, counts, counts)


def compared(truth: Levels, found: Levels) -> dict[str, Comparison]:
    return {each.channel: each for each in compare(truth, Counted(found, 1))}


def test_errors_are_counted_minus_true() -> None:
    one = compared(levels(anything=[10, 10, 20, 0]), levels(anything=[10, 11, 16, 0]))["*"]
    assert (one.seconds, one.provisional, one.audience) == (4, 1, 10.0)
    assert (one.mean_error, one.mean_error_percent) == (-0.75, -7.5)
    assert (one.mean_absolute_error, one.mean_absolute_error_percent) == (1.25, 12.5)
    assert (one.max_error, one.max_error_percent) == (4, 40.0)
    assert (one.watch_seconds_true, one.watch_seconds_counted) == (40, 37)
    assert one.watch_seconds_error_percent == -7.5


def test_a_channel_the_server_does_not_name_has_nobody() -> None:
    found = compared(levels(anything=[1, 1], tv=[1, 1]), levels(anything=[1, 1]))
    assert (found["*"].mean_error, found["tv"].mean_error) == (0.0, -1.0)


def test_an_audience_of_nobody_has_no_percentages() -> None:
    assert compared(levels(anything=[0]), levels(anything=[3]))["*"].mean_error_percent == 0.0


def test_a_row_has_every_column() -> None:
    row = compared(levels(anything=[1]), levels(anything=[1]))["*"].row
    assert tuple(row) == COLUMNS
