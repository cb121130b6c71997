"""docs/metrics.md: every metric, and which alert looks at it (`python -m dashboards.metrics`)."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from sinks.metrics import Metric, page

RULES: Final = Path(__file__).parent / "prometheus" / "rules"
_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")

Rule = Mapping[str, Any]
"""One of a rules file: `record` or `alert`, and `expr`."""


def rules(folder: Path = RULES) -> list[Rule]:
    """Every rule of the rules files in a folder."""
    found = (yaml.safe_load(file.read_text()) for file in sorted(folder.glob("*.yml")))
    groups = (group for content in found for group in content.get("groups", ()))
    return [rule for group in groups for rule in group["rules"]]


def alerts_by_metric(given: Iterable[Rule]) -> dict[str, list[str]]:
    """Which alerts look at a metric, by its name: themselves, or by way of recording rules."""
    given = list(given)
    recorded: dict[str, set[str]] = {}
    for rule in given:
        if "record" in rule:
            recorded.setdefault(rule["record"], set()).update(names(rule))
    metrics = {metric.value.name for metric in Metric}
    found: dict[str, list[str]] = {}
    for rule in given:
        for name in sorted(metrics & _reached(rule, recorded) if "alert" in rule else ()):
            if rule["alert"] not in found.setdefault(name, []):
                found[name].append(rule["alert"])
    return found


def names(rule: Rule) -> set[str]:
    """Every name in what a rule asks: of metrics, and of functions and labels too."""
    return set(_NAME.findall(str(rule["expr"])))


def _reached(rule: Rule, recorded: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = names(rule)
    while ahead:
        reached |= ahead
        ahead = set().union(*(recorded.get(name, ()) for name in ahead)) - reached
    return reached


if __name__ == "__main__":
    print(page(alerts_by_metric(rules())), end="")  # noqa: T201 - the page goes to stdout
