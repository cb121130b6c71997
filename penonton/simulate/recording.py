"""Files of what was true and of what was sent: one JSON object a line."""

from collections.abc import Callable, Iterable
from typing import Final, TextIO

import msgspec

from audience.levels import Levels
from audience.reports import Report
from audience.rules import Rules
from penonton.simulate.posting import Answer
from penonton.simulate.sendings import Sending
from penonton.simulate.stored import TRANSIT, stored

_encode: Final = msgspec.json.Encoder().encode


def write_reports(reports: Iterable[Report], out: TextIO) -> int:
    """Write stored reports, which `penonton backfill` reads; answers how many."""
    written = 0
    for report in reports:
        _line(report, out)
        written += 1
    return written


def write_levels(levels: Levels, out: TextIO) -> None:
    """Write `{"kind": "level", "second", "channel", "viewers", "sessions"}` of all seconds."""
    for row, channel in enumerate(levels.channels):
        for column, second in enumerate(range(levels.first, levels.end)):
            level = {
                "kind": "level",
                "second": second,
                "channel": channel,
                "viewers": int(levels.viewers[row, column]),
                "sessions": int(levels.sessions[row, column]),
            }
            _line(level, out)


def write_answer(
    sending: Sending, answer: Answer, out: TextIO, rules: Rules, identify: Callable[[str], str]
) -> None:
    """Write `{"kind": "report", "answer", "reason", "report"}` for each report of a sending.

    `answer`: the HTTP status, 0 for none; `reason`: why it was refused, or null. `report` is
    what a collector that got it just after it was sent stores: where the player's clock is
    wrong, it may differ by a few ms.
    """
    refused = dict(answer.refused)
    reports = stored(sending, answer.sent + TRANSIT, rules, identify)
    for index, report in enumerate(reports):
        line = {
            "kind": "report",
            "answer": answer.status,
            "reason": refused.get(index),
            "report": report,
        }
        _line(line, out)


def _line(value: object, out: TextIO) -> None:
    out.write(_encode(value).decode() + "\n")
