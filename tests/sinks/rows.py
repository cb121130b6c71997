"""Reports as rows in the log's Arrow schema."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from audience.reports import Report
from audience.states import RANK

NAME = pa.dictionary(pa.int16(), pa.string())


def _strings(values: Sequence[str]) -> "pa.Array[Any]":
    return pa.array(values, pa.string()).dictionary_encode().cast(NAME)


def log_batch(reports: Sequence[Report]) -> pa.RecordBatch:
    """What the log's encoding makes of them; sinks do not know it, its columns are the contract."""
    ids = pa.binary(16)
    return pa.RecordBatch.from_pydict(
        {
            "t": pa.array([r.t for r in reports], pa.int64()),
            "viewer": pa.array([bytes.fromhex(r.viewer) for r in reports], ids),
            "session": pa.array([bytes.fromhex(r.session) for r in reports], ids),
            "channel": _strings([r.channel for r in reports]),
            "state": pa.array([RANK[r.state] for r in reports], pa.int8()),
            "playhead": pa.array(
                [-1.0 if r.playhead is None else r.playhead for r in reports], pa.float64()
            ),
            "interval": pa.array([r.interval for r in reports], pa.int32()),
            "seq": pa.array([r.seq for r in reports], pa.int64()),
            "received": pa.array([r.received for r in reports], pa.int64()),
            "clock": pa.array([int(r.clock == "server") for r in reports], pa.int8()),
            "protocol": _strings([r.protocol for r in reports]),
            "platform": _strings([r.platform for r in reports]),
            "app": _strings([r.app for r in reports]),
            "country": _strings([r.country for r in reports]),
        }
    )
