"""The log that one process serves with: group commit in front of the log in a folder."""

from collections.abc import Sequence
from typing import Final

from audience.reports import Report
from ingest.log.encoding import encode
from ingest.log.local import LocalLog
from ingest.log.packer import USUAL, Grouping, Packer
from ingest.log.records import Entry

_LARGEST: Final = 8_192  # reports a record: a reader holds one in memory


def durable(log: LocalLog, grouping: Grouping = USUAL) -> Packer:
    """The ReportLog that writes to `log`; close it before the log."""
    return Packer(lambda reports: log.append(entries(reports)), grouping)


def entries(reports: Sequence[Report]) -> list[Entry]:
    """The same reports, in the same order, as what LocalLog appends."""
    starts = range(0, len(reports), _LARGEST)
    return [_entry(reports[start : start + _LARGEST]) for start in starts]


def _entry(reports: Sequence[Report]) -> Entry:
    received = [report.received for report in reports]
    return Entry(encode(reports), len(reports), min(received), max(received))
