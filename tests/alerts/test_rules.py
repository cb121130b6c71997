"""The rules files: what Prometheus says of them, and what every alert must bring."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "dashboards" / "prometheus" / "rules").glob("*.yml"))
TESTS = sorted((ROOT / "dashboards" / "prometheus" / "tests").glob("*.yml"))
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()
KINDS = {
    "spike",
    "drop",
    "ingest",
    "lag",
    "completeness",
    "spool",
    "refusals",
    "late",
    "clock",
    "storage",
    "disk",
    "worker",
    "channels",
    "record",
}

GROUPS: list[dict[str, Any]] = [g for f in FILES for g in yaml.safe_load(f.read_text())["groups"]]
ALERTS: list[dict[str, Any]] = [r for g in GROUPS for r in g["rules"] if "alert" in r]
NAMES = [alert["alert"] for alert in ALERTS]


def test_prometheus_takes_the_rules() -> None:
    subprocess.run(["promtool", "check", "rules", "--lint-fatal", *FILES], check=True)


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem)
def test_alerts_fire_at_their_minute_and_are_silent_on_a_near_miss(file: Path) -> None:
    subprocess.run(["promtool", "test", "rules", file], check=True)


def test_every_alert_is_tested_firing_and_silent() -> None:
    cases = [
        (case["alertname"], bool(case.get("exp_alerts")))
        for file in TESTS
        for test in yaml.safe_load(file.read_text())["tests"]
        for case in test["alert_rule_test"]
    ]
    assert {name for name, fires in cases if fires} == set(NAMES)
    assert {name for name, fires in cases if not fires} == set(NAMES)


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_an_alert_says_what_it_is_how_bad_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["kind"] in KINDS
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert alert["annotations"]["summary"]
    assert alert["annotations"]["runbook_url"].endswith(f"#{alert['alert'].lower()}")


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert sorted(re.findall(r"^## (\w+)", RUNBOOKS, re.MULTILINE)) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_runbook_says_meaning_impact_diagnosis_and_mitigation(name: str) -> None:
    (text,) = re.findall(rf"^## {name}\n(.*?)(?=^## |\Z)", RUNBOOKS, re.MULTILINE | re.DOTALL)
    parts = re.findall(r"^\*\*(\w+)\.\*\* \S", text, re.MULTILINE)
    assert parts == ["Meaning", "Impact", "Diagnosis", "Mitigation"]


def test_every_kind_of_trouble_has_an_alert() -> None:
    assert {alert["labels"]["kind"] for alert in ALERTS} == KINDS
