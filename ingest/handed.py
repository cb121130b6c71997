"""Reports that are handed to the process that collects in this folder, by way of files.

Whoever may write to the folder may say when a report was received; whoever only reaches the
collector's port may not.
"""

import contextlib
import logging
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from audience.reports import Report
from ingest.log.appending import ReportLog, Retry, stored
from ingest.log.encoding import (
    MAX_BATCH,
    Reject,
    from_json_lines,
    to_batch,
    to_json_lines,
    to_reports,
)
from ingest.log.saw import Saw
from ingest.tally import Tally

EACH: Final = 5_000  # reports in a file; a collector takes one file at a time
_log = logging.getLogger(__name__)


class Handed:
    """Files of stored reports in `folder`, each whole or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def give(self, reports: Sequence[Report]) -> None:
        """Leave these for whoever collects; durable when it returns. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for start in range(0, len(reports), EACH):
            data = to_json_lines(to_batch(reports[start : start + EACH]))
            name = f"{secrets.token_hex(8)}.ndjson"
            new = self._folder / f"{name}.new"
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.rename(self._folder / name)

    def next(self) -> tuple[Path, list[Report]] | None:
        """A file and its reports, to be deleted once they are durable; None: there is none."""
        for path in sorted(self._folder.glob("*.ndjson")):
            try:
                # Ids are hashed in them: what is not is not ours.
                return path, to_reports(from_json_lines(path.read_bytes(), str))
            except (OSError, Reject) as error:
                _log.warning("%s cannot be taken and is put aside: %s", path, error)
                path.rename(path.with_suffix(".bad"))
        return None

    async def take(self, log: ReportLog, tally: Tally, now: int) -> None:
        """Put what a file holds into the log; when that cannot take it now, another time."""
        found = self.next()
        if found is None:
            return
        path, reports = found
        with contextlib.suppress(Retry):
            await stored(log, reports)
            path.unlink()
            for report in reports:
                second = report.t // 1000
                tally.add(Saw("replayed", "", report.channel, second, now // 1000))


assert EACH <= MAX_BATCH
