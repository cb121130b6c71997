"""Raw reports, read back a stretch of time and a part of the viewers at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audience.days import Day
from audience.reports import Reports
from audience.rules import Rules
from sinks.engine import Engine, Parameter

Viewers = tuple[str, str]
"""The first and the last viewer asked for, in hex."""

EVERYBODY: Final[Viewers] = ("00" * 16, "ff" * 16)

MOMENT: Final = 900  # s: local days of all zones begin at one, save for some before 1920

REPORT: Final = np.dtype(
    [
        ("t", "<i8"),
        ("viewer", "<u8", 2),
        ("session", "<u8", 2),
        ("seq", "<i8"),
        ("playhead", "<f8"),
        ("interval", "<i4"),
        ("state", "i1"),
    ]
)
"""A report in the answer of raw_reports.sql."""


@dataclass(frozen=True, slots=True)
class Moments:
    """How many reports there are by moment (of MOMENT s since the epoch), in order.

    `longest`: the longest interval (ms) among them, or 0.
    """

    moment: NDArray[np.int64]
    reports: NDArray[np.int64]
    longest: int


class RawReports:
    """Those in `table`, which is shaped like `reports`, of an engine.

    Instants are ms since the epoch. Raises Retry and Stop as the engine does.
    """

    def __init__(self, engine: Engine, table: str = "reports") -> None:
        self.engine = engine
        self.table = table

    def moments(self, since: int, until: int) -> Moments:
        """What there is in [since, until)."""
        found = self._ask("moments", since, until)
        longest = cast("list[int]", found["longest"].to_pylist())
        return Moments(
            found["moment"].to_numpy(), found["reports"].to_numpy(), max(longest, default=0)
        )

    def parts(self, since: int, until: int, number: int) -> list[Viewers]:
        """All viewers, in up to `number` parts with about as many reports each in [since, until).

        Viewers are what `reports` is sorted by: a part is read without the others.
        """
        if number <= 1:
            return [EVERYBODY]
        some = cast("list[bytes]", self._ask("viewers", since, until)["viewer"].to_pylist())
        last = sorted({some[n * len(some) // number] for n in range(1, number)} if some else ())
        bounds = [-1, *(int.from_bytes(each) for each in last), (1 << 128) - 1]
        return [(f"{low + 1:032x}", f"{high:032x}") for low, high in pairwise(bounds) if low < high]

    def reports(self, since: int, until: int, viewers: Viewers) -> Reports:
        """Those of some viewers in [since, until), in order of `t`; `received` is `t`."""
        low, high = viewers
        found = self._ask("reports", since, until, low=low, high=high)
        rows = np.frombuffer(b"".join(_bytes(found["report"])), REPORT)
        names = found["channel"].combine_chunks().dictionary_encode()
        order = np.argsort(rows["t"], kind="stable")
        rows, t = rows[order], np.ascontiguousarray(rows["t"][order])
        return Reports(
            t=t,
            viewer=rows["viewer"],
            session=rows["session"],
            channel=names.indices.to_numpy()[order],
            channels=cast("list[str]", names.dictionary.to_pylist()),
            state=rows["state"],
            playhead=rows["playhead"],
            interval=rows["interval"],
            seq=rows["seq"],
            received=t,
        )

    def gone(self, day: Day, rules: Rules) -> bool:
        """Whether levels of the day stand whose reports are not there any more."""
        bridge = rules.max_bridge
        since, until = day.first * 1000 - bridge, day.end * 1000
        bounds = {"first": day.first, "end": day.end, "bridge": -(-bridge // 1000)}
        return bool(self._ask("gone", since, until, **bounds)["dates"][0].as_py())

    def _ask(self, what: str, since: int, until: int, **more: Parameter) -> pa.Table:
        given = {"reports": self.table, "since": since, "until": until, **more}
        return self.engine.query(_sql(f"raw_{what}") + _sql("beside"), given)


def _bytes(column: "pa.ChunkedArray[Any]") -> Iterator[memoryview | bytes]:
    """The values of a column of values of one width, one after the other."""
    for chunk in column.chunks:
        width, buffer = chunk.type.byte_width, chunk.buffers()[1]
        if buffer is not None:
            yield memoryview(buffer)[chunk.offset * width : (chunk.offset + len(chunk)) * width]


def _sql(name: str) -> str:
    return resources.files("sinks").joinpath("sql", f"{name}.sql").read_text()
