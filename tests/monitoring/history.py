"""Weeks that Prometheus did not see: what was scraped then, and what its rules made of it.

Blocks are written from a made-up past, and then, from the lowest to the highest, what each
recording rule would have recorded: so the rules may have any names.
"""

import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dashboards.metrics import Rule, names
from tests.monitoring.prometheus import Prometheus

STEP: Final = 15
"""s between scrapes."""


@dataclass(frozen=True, slots=True)
class Series:
    """What a target gave: `values` by time (s since the epoch)."""

    name: str
    labels: Mapping[str, str]
    values: Sequence[tuple[float, float]]


def remember(folder: Path, spans: Sequence[Sequence[Series]], rules: Sequence[Rule]) -> None:
    """Write the past of some spans of time, and what `rules` recorded, for `Prometheus(folder)`."""
    for span in spans:
        _write(folder, span)
    windows = [_window(span) for span in spans]
    for level in _levels(rules):
        with Prometheus(folder, {}) as prometheus:
            recorded = [list(_recorded(prometheus, level, *window)) for window in windows]
        for found in recorded:
            _write(folder, found)


def _window(span: Sequence[Series]) -> tuple[float, float]:
    times = [at for series in span for at, _ in series.values]
    return min(times), max(times)


def _levels(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    """Recording rules, those first that look at no other."""
    ahead = [rule for rule in rules if "record" in rule]
    while ahead:
        unknown = {str(rule["record"]) for rule in ahead}
        level = [rule for rule in ahead if not names(rule) & unknown - {str(rule["record"])}]
        assert level, f"rules that look at each other: {sorted(unknown)}"
        yield level
        ahead = [rule for rule in ahead if rule not in level]


def _recorded(
    prometheus: Prometheus, level: Iterable[Rule], start: float, end: float
) -> Iterator[Series]:
    for rule in level:
        own = dict(rule.get("labels", {}))
        for found in prometheus.over(rule["expr"], start, end, STEP):
            labels = {k: v for k, v in found["metric"].items() if k != "__name__"} | own
            values = [(float(at), float(value)) for at, value in found["values"]]
            yield Series(rule["record"], labels, values)


def _write(folder: Path, span: Iterable[Series]) -> None:
    lines = [
        f"{series.name}{{{_labels(series.labels)}}} {value!r} {at:.3f}\n"
        for series in span
        for at, value in series.values
    ]
    if lines:
        storage = folder / "storage"
        storage.mkdir(exist_ok=True)
        file = folder / "past.txt"
        file.write_text("".join(lines) + "# EOF\n")
        subprocess.run(
            ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", file, storage],
            check=True,
            capture_output=True,
        )


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{value}"' for name, value in labels.items())
