"""Stored reports as JSON lines: what anyone can write into Kafka, keep in files and read by eye."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol, TypeVar

import msgspec
import pyarrow as pa
from msgspec.structs import astuple

from audience.reports import Report, Reports
from audience.rules import DEFAULT_INTERVAL
from audience.states import State
from ingest.log.batches import COUNTED, batch_of, counted, fields_of, id_bytes, to_reports

_T = TypeVar("_T")
_LAST_MS: Final = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z
_RANGES: Final = {
    "t": (0, _LAST_MS),
    "received": (0, _LAST_MS),
    "interval": (1, 600_000),  # ms; the longest that any setting allows
    "seq": (0, 2**63 - 1),
}
_CHANNEL: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ID: Final = re.compile(r"[0-9a-f]{32}")


class Reject(Exception):
    """These bytes are not reports: set them aside, do not try again. The message says which."""


class _Counted(msgspec.Struct, gc=False, kw_only=True):
    """The first COUNTED fields of Report: what is not made into an object costs nothing."""

    t: int
    viewer: str
    session: str
    channel: str
    state: State | None = None
    playhead: float | None = None
    interval: int = DEFAULT_INTERVAL
    seq: int = 0
    received: int = 0


class _Lines(Protocol):
    def decode_lines(self, data: bytes, /) -> Sequence[Any]: ...


_reports = msgspec.json.Decoder(Report)
_counted = msgspec.json.Decoder(_Counted)
_writer = msgspec.json.Encoder()


def to_json_lines(batch: pa.RecordBatch) -> bytes:
    """The reports of a batch that has SCHEMA as stored reports: a JSON object a line."""
    return _writer.encode_lines(to_reports(batch))


def from_json_lines(data: bytes, identify: Callable[[str], str]) -> pa.RecordBatch:
    """Stored reports, a JSON object a line, as a batch; blank lines are passed over.

    A `viewer` or `session` that is not 32 lower-case hex digits becomes `identify` of it.
    A negative playhead is unknown. Raises Reject naming the first bad line, counted from 1;
    raises Split, which MAX_BATCH lines never do.
    """
    return _read(data, _reports, identify, batch_of)


def columns_from_json_lines(data: bytes, identify: Callable[[str], str]) -> Reports:
    """As `from_json_lines`, for who only counts: the fields it does not need are not checked.

    Takes two thirds of its time, and any number of lines.
    """
    return _read(data, _counted, identify, lambda reports, _: reports)


def _read(
    data: bytes,
    decoder: _Lines,
    identify: Callable[[str], str],
    finish: Callable[[Reports, Sequence[Sequence[Any]]], _T],
) -> _T:
    try:
        fields = fields_of(decoder.decode_lines(data))
        reports = counted(fields, lambda ids: _identified(ids, identify))
        if _in_range(reports):
            return finish(reports, fields[COUNTED:])
    except (ValueError, OverflowError, RecursionError) as error:
        raise _first_fault(data) or error from error
    raise _first_fault(data) or Reject("a report is out of range")


def _identified(ids: Sequence[str], identify: Callable[[str], str]) -> bytes:
    joined = "\n".join(ids)
    try:
        raw = bytes.fromhex(joined)
        # The common case in three passes of C: all are 32 lower-case hex digits already.
        if raw.hex("\n", 16) == joined:
            return raw
    except ValueError:
        pass
    if "" in ids:
        message = "an empty id"
        raise ValueError(message)
    known = {raw: raw if _ID.fullmatch(raw) else identify(raw) for raw in set(ids)}
    return id_bytes([known[raw] for raw in ids])


def _in_range(reports: Reports) -> bool:
    return not len(reports) or (
        all(
            least <= getattr(reports, name).min() and getattr(reports, name).max() <= most
            for name, (least, most) in _RANGES.items()
        )
        and all(map(_CHANNEL.fullmatch, reports.channels))
    )


def _first_fault(data: bytes) -> Reject | None:
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip() and (fault := _fault(line)):
            # Escaped and cut: a message of this size can go to a log line whatever the input was.
            return Reject(f"line {number}: {ascii(fault)[1:-1][:200]}")
    return None


def _fault(line: bytes) -> str | None:
    try:
        report = _reports.decode(line)
        "".join((report.viewer, report.session, *astuple(report)[10:])).encode()
    except (ValueError, RecursionError) as error:
        return str(error)
    return next(_faults(report), None)


def _faults(report: Report) -> Iterator[str]:
    for name, (least, most) in _RANGES.items():
        if not least <= getattr(report, name) <= most:
            yield f"{name} must be {least}..{most}"
    if not _CHANNEL.fullmatch(report.channel):
        yield f"channel must match {_CHANNEL.pattern}"
    for name in ("viewer", "session"):
        if not getattr(report, name):
            yield f"{name} must not be empty"
