"""Dashboards as Grafana would ask for them: variables and macros filled in.

Variables are filled in as Grafana's data source for Prometheus does (`interpolateQueryExpr`). The
macros are those of grafana-clickhouse-datasource (pkg/macros/macros.go), as far as we use them.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

Dashboard = Mapping[str, Any]
Values = Mapping[str, Sequence[str]]
"""What is chosen, by variable."""

JSON: Final = Path(__file__).parents[2] / "dashboards" / "grafana" / "json"
DASHBOARDS: Final[dict[str, Dashboard]] = {
    file.stem: json.loads(file.read_text()) for file in sorted(JSON.glob("*.json"))
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of a dashboard: a panel's target, or that of an annotation.

    `repeated`: the variable of whose values each has a panel of its own.
    """

    where: str
    title: str
    target: Mapping[str, Any]
    repeated: str | None = None

    def __str__(self) -> str:
        """What a test of it is called."""
        return f"{self.where}/{self.title}/{self.target['refId']}"

    @property
    def is_sql(self) -> bool:
        return "rawSql" in self.target


@dataclass(frozen=True, slots=True)
class Span:
    """The time shown (s since the epoch), and how far its points are apart (s)."""

    start: int
    end: int
    step: int


def panels(dashboard: Dashboard) -> list[dict[str, Any]]:
    """Those that show something: no rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def asked() -> Iterator[Asked]:
    """Every query of every dashboard."""
    for name, dashboard in DASHBOARDS.items():
        for panel in panels(dashboard):
            for target in panel["targets"]:
                yield Asked(name, panel["title"], target, panel.get("repeat"))
        for annotation in dashboard["annotations"]["list"]:
            yield Asked(name, annotation["name"], annotation["target"])


def several(dashboard: Dashboard) -> set[str]:
    """The variables of which more than one value may be chosen."""
    return {
        variable["name"]
        for variable in dashboard["templating"]["list"]
        if variable.get("multi") or variable.get("includeAll")
    }


def promql(each: Asked, span: Span, values: Values) -> str:
    """What is asked as it is sent.

    Of a variable with several values a regular expression is made, also where one is chosen: so it
    can be compared by =~ only.
    """
    patterns = several(DASHBOARDS[each.where])
    interval = {
        "__rate_interval": f"{max(4 * span.step, 60)}s",
        "__interval": f"{span.step}s",
        "__range": f"{span.end - span.start}s",
    }

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name in interval:
            return interval[name]
        if name not in patterns:
            (only,) = values[name]
            return only
        escaped = [re.sub(r"([*+?.()|\\])", r"\\\\\1", chosen) for chosen in values[name]]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"

    return re.sub(r"\$(\w+)", value, each.target["expr"])


def sql(text: str, span: Span, values: Values) -> str:
    """A statement as it is sent."""
    start, end = f"toDateTime({span.start})", f"toDateTime({span.end})"
    macros = {
        r"\$__timeFilter\((\w+)\)": rf"\1 >= {start} AND \1 <= {end}",
        r"\$__timeInterval\((\w+)\)": "toStartOfInterval(toDateTime(\\1), "
        f"INTERVAL {span.step} second)",
        r"\$__fromTime\b": start,
        r"\$__toTime\b": end,
        r"\$__interval_s\b": str(span.step),
    }

    def quoted(found: re.Match[str]) -> str:
        return ",".join("'" + each.replace("'", "''") + "'" for each in values[found[1]])

    text = re.sub(r"\$\{(\w+):sqlstring\}", quoted, text)
    for macro, means in macros.items():
        text = re.sub(macro, means, text)
    assert "$" not in text, f"what Grafana would leave as it is: {text}"
    return text
