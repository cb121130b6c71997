"""Reports and entries made up for tests of the log."""

import os

from hypothesis import strategies as st

from audience.reports import Report
from audience.states import STATES
from ingest.log.durable import entries
from ingest.log.records import Entry

LAST_MS = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z

ids = st.binary(min_size=16, max_size=16).map(bytes.hex)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)

reports = st.builds(
    Report,
    t=st.integers(0, LAST_MS),
    viewer=ids,
    session=ids,
    channel=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True),
    state=st.sampled_from([None, *STATES]),
    playhead=st.none() | st.floats(0, allow_nan=False, allow_infinity=False).map(abs),
    interval=st.integers(1, 600_000),
    seq=st.integers(0, 2**63 - 1),
    received=st.integers(0, LAST_MS),
    clock=st.sampled_from(["client", "server"]),
    protocol=texts,
    platform=texts,
    app=texts,
    country=texts,
)


def report(seq: int = 0, received: int = 0) -> Report:
    """A report that can be told from others by its `seq`."""
    return Report(
        t=received, viewer="0" * 32, session="1" * 32, channel="tv1", seq=seq, received=received
    )


def entry(name: str, received: int = 0, size: int = 0) -> Entry:
    """What is appended to a LocalLog; `size` bytes that do not shrink make it large."""
    return Entry(name.encode() + os.urandom(size), 1, received, received)


def entry_of(reports: list[Report]) -> Entry:
    """The one entry of a few reports."""
    (only,) = entries(reports)
    return only
