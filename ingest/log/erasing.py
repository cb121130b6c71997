"""Erasing a viewer's reports from a log that nobody writes to: its segments are written anew.

A segment keeps its name, and with it the positions of all others. It becomes shorter: what lay in
it lies elsewhere in it, and it ends before the following one begins, which readers pass over.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ingest.log.encoding import decode, to_bytes
from ingest.log.files import sync_names
from ingest.log.reading import Reader, Segment, segments
from ingest.log.records import Entry, Record, pack


def holding(folder: Path, viewer: bytes) -> list[Segment]:
    """The segments in which there are reports of the viewer, or what cannot be read."""
    listed = segments(folder)
    return [segment for segment in listed if _concerns(folder, segment, listed, viewer)]


def erase(folder: Path, segment: Segment, viewer: bytes) -> int:
    """Write the segment anew without the viewer's reports; how many there were.

    What could not be read goes too: nobody can say whose it is. Who else may write must be kept
    from it by the log's lock. Durable when it returns. Raises OSError; then it is as it was.
    """
    following = _following(segment, segments(folder))
    frames, position, erased = [], segment.base, 0
    for record in _records(folder, segment, following):
        batch, gone = without(decode(record.payload), viewer)
        # An empty record stays: it says until when the log had been received.
        payload = to_bytes(batch) if gone else record.payload
        entry = Entry(payload, batch.num_rows, record.first, record.received)
        frames.append(pack(entry, position, record.received))
        position, erased = position + len(frames[-1]), erased + gone
    new = segment.path.with_suffix(".new")
    with new.open("wb") as file:
        file.write(b"".join(frames))
        file.flush()
        os.fsync(file.fileno())
    new.replace(segment.path)
    sync_names(folder)
    return erased


def without(batch: pa.RecordBatch, viewer: bytes) -> tuple[pa.RecordBatch, int]:
    """The batch without the viewer's reports, and how many these were."""
    theirs = pc.equal(batch.column("viewer"), pa.scalar(viewer, pa.binary(16)))
    gone = theirs.to_pylist().count(True)
    return (batch.filter(pc.invert(theirs)), gone) if gone else (batch, 0)


def _concerns(folder: Path, segment: Segment, listed: list[Segment], viewer: bytes) -> bool:
    position = segment.base
    for record in _records(folder, segment, _following(segment, listed)):
        if record.position != position or without(decode(record.payload), viewer)[1]:
            return True
        position = record.next
    return position != segment.base + segment.path.stat().st_size


def _following(segment: Segment, listed: list[Segment]) -> int | None:
    return next((each.base for each in listed if each.base > segment.base), None)


def _records(folder: Path, segment: Segment, following: int | None) -> Iterator[Record]:
    for record in Reader(folder).read(segment.base):
        if following is not None and record.position >= following:
            return
        yield record
