"""Who is told what: the configuration as Alertmanager's own tools read it, and as it runs."""

import json
import re
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from dashboards.metrics import Rule, rules
from tests.faults.processes import until
from tests.monitoring.alertmanager import CONFIGURATION, FOLDER, Alertmanager
from tests.monitoring.webhook import Webhook

ALERTS: Final = [rule for rule in rules() if "alert" in rule]


def amtool(*arguments: object) -> str:
    """What it says; fails where it finds something wrong."""
    found = subprocess.run(
        ["amtool", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def test_the_configuration_is_valid() -> None:
    assert "SUCCESS" in amtool("check-config", CONFIGURATION)


def test_the_receivers_that_are_shown_are_valid(tmp_path: Path) -> None:
    text = CONFIGURATION.read_text()
    before, receiver, after = re.split("(?=- name: )", text)
    shown = re.sub(r"(?m)^  # ", "  ", receiver)
    assert shown.count("_configs:") == 4
    file = tmp_path / "alertmanager.yml"
    file.write_text((before + shown + after).replace("- templates/", f"- {FOLDER}/templates/"))
    assert "SUCCESS" in amtool("check-config", file)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_good_news_waits_and_all_else_goes_to_who_is_on_duty(rule: Rule) -> None:
    labels = [f"{name}={value}" for name, value in rule["labels"].items()]
    told = amtool("config", "routes", "test", f"--config.file={CONFIGURATION}", *labels).strip()
    assert told == ("good-to-know" if rule["labels"]["severity"] == "info" else "on-duty")


def alert(name: str, kind: str, **labels: str) -> dict[str, str]:
    return {"alertname": f"Penonton{name}", "kind": kind, "severity": "warning", **labels}


@dataclass(frozen=True, slots=True)
class Case:
    """What a cause silences, and what is told beside it."""

    cause: dict[str, str]
    silenced: list[dict[str, str]]
    told: list[dict[str, str]]


OTHER_DROP: Final = alert("ViewersDrop", "drop", channel="tv-2")
CASES: Final = {
    "a channel's ingest": Case(
        alert("IngestChannel", "ingest", channel="tv-1"),
        [
            alert("ViewersDrop", "drop", channel="tv-1"),
            alert("ViewersDrop", "drop", channel="*"),
        ],
        [OTHER_DROP, alert("ViewersSpike", "spike", channel="tv-1")],
    ),
    "a platform's ingest": Case(
        alert("IngestPlatform", "ingest", platform="tv"),
        [
            alert("ViewersDrop", "drop", channel="*"),
            OTHER_DROP,
            alert("IngestChannel", "ingest", channel="tv-1"),
        ],
        [alert("Refusals", "refusals", platform="tv")],
    ),
    "all ingest": Case(
        alert("IngestStopped", "ingest"),
        [
            alert("IngestPlatform", "ingest", platform="tv"),
            alert("IngestChannel", "ingest", channel="tv-1"),
            OTHER_DROP,
        ],
        [alert("ProcessMissing", "worker", instance="collector")],
    ),
    "no live numbers": Case(
        alert("LiveNumbersMissing", "worker"),
        [alert("Lag", "lag"), alert("Incomplete", "completeness")],
        [alert("StorageFailing", "storage"), OTHER_DROP],
    ),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What arrived at the webhook, and what Alertmanager holds back."""

    told: list[dict[str, str]]
    silenced: list[dict[str, str]]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answered]:
    """Each case with an Alertmanager of its own, all at once: they wait for more to say."""
    with ExitStack() as stack:
        asked = []
        for name, case in CASES.items():
            webhook = stack.enter_context(Webhook())
            folder = tmp_path_factory.mktemp("alertmanager")
            alertmanager = stack.enter_context(Alertmanager(folder, webhook.url))
            alertmanager.fire(case.cause)
            asked.append((name, case, webhook, alertmanager))
        for _, _, webhook, _ in asked:
            until_told(webhook, 1)
        for _, case, _, alertmanager in asked:
            alertmanager.fire(*case.silenced, *case.told)
        for _, case, webhook, _ in asked:
            until_told(webhook, 1 + len(case.told))
        return {
            name: Answered([call.labels for call in webhook.firing], alertmanager.inhibited())
            for name, _, webhook, alertmanager in asked
        }


def until_told(webhook: Webhook, count: int) -> None:
    until(f"{count} alerts are told", lambda: len(webhook.firing) >= count)


def unordered(labels: list[dict[str, str]]) -> list[list[tuple[str, str]]]:
    return sorted(sorted(each.items()) for each in labels)


@pytest.mark.parametrize("name", CASES)
def test_trouble_silences_what_it_explains_and_nothing_else(
    name: str, answered: dict[str, Answered]
) -> None:
    case, found = CASES[name], answered[name]
    assert unordered(found.silenced) == unordered(case.silenced)
    assert unordered(found.told) == unordered([case.cause, *case.told])


MESSAGE: Final[dict[str, Any]] = {
    "status": "firing",
    "receiver": "on-duty",
    "commonLabels": {"severity": "critical"},
    "commonAnnotations": {},
    "groupLabels": {},
    "externalURL": "http://alertmanager:9093",
    "alerts": [
        {
            "status": status,
            "labels": {"channel": channel, "severity": "critical"},
            "annotations": {
                "summary": "tv-1: 312 viewers, well above what is usual now",
                "description": "312 viewers watch tv-1; usual for this time are 100.",
                "runbook_url": "docs/runbooks.md#penontonviewersspike",
            },
            "startsAt": "2026-11-25T12:03:07Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus:9090/graph",
            "fingerprint": "0",
        }
        for channel, status in (("*", "firing"), ("tv-1", "resolved"))
    ],
}


def rendered(template: str, tmp_path: Path) -> str:
    data = tmp_path / "data.json"
    data.write_text(json.dumps(MESSAGE))
    return amtool(
        "template",
        "render",
        f"--template.glob={FOLDER}/templates/*.tmpl",
        f'--template.text={{{{ template "{template}" . }}}}',
        f"--template.data={data}",
    )


def test_a_message_has_the_number_the_usual_number_what_to_do_and_where_to_look(
    tmp_path: Path,
) -> None:
    title = rendered("penonton.title", tmp_path)
    text = rendered("penonton.text", tmp_path)
    assert title == (
        "[CRITICAL] tv-1: 312 viewers, well above what is usual now (and more: 2 in all)"
    )
    assert "Since 12:03:07 UTC: tv-1: 312 viewers" in text
    assert "Over; it was since 12:03:07 UTC" in text
    assert "usual for this time are 100" in text
    assert "What to do: docs/runbooks.md#penontonviewersspike" in text
    assert "/d/penonton-live?var-channel=%2A\n" in text
