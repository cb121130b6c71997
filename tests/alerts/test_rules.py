"""The rules files: what Prometheus says of them, and what every alert must bring."""

import re
import subprocess
from dataclasses import dataclass
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

UNIT = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


def alerts(file: Path) -> list[dict[str, Any]]:
    groups = yaml.safe_load(file.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


ALERTS = [alert for file in FILES for alert in alerts(file)]
NAMES = [alert["alert"] for alert in ALERTS]
OF_THE_PIPELINE = [
    alert["alert"] for file in FILES if file.stem == "pipeline" for alert in alerts(file)
]


# What is recorded lies at the times of evaluation, and so may the beginning of a window.
WINDOW = re.compile(r"penonton:[\w:]+(?:\{[^}]*\})?\[([\dsmhd]+)\]")


@dataclass(frozen=True, slots=True)
class Told:
    """What a promtool test says of an alert; all in s.

    `every`: how far evaluations are apart; `fires` and `silent`: when it must and must not.
    """

    every: int
    fires: list[int]
    silent: list[int]


def seconds(text: str) -> int:
    """Of Prometheus' durations, such as 24h5m."""
    return sum(int(count) * UNIT[unit] for count, unit in re.findall(r"(\d+)([dhms])", text))


def told(name: str) -> list[Told]:
    """What each promtool test that asks for an alert says of it."""
    found = []
    for file in TESTS:
        content = yaml.safe_load(file.read_text())
        for test in content["tests"]:
            cases = [case for case in test["alert_rule_test"] if case["alertname"] == name]
            fires, silent = (
                [seconds(case["eval_time"]) for case in cases if bool(case["exp_alerts"]) is is_on]
                for is_on in (True, False)
            )
            if cases:
                found.append(Told(seconds(content["evaluation_interval"]), fires, silent))
    return found


def test_prometheus_takes_the_rules() -> None:
    subprocess.run(["promtool", "check", "rules", "--lint-fatal", *FILES], check=True)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_window_begins_where_a_sample_lies(file: Path) -> None:
    """Prometheus 2 counts it, Prometheus 3 does not, and these tests are run with one of them."""
    windows = WINDOW.findall(file.read_text())
    assert [window for window in windows if seconds(window) % 15 == 0] == []


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem)
def test_a_test_of_rules_says_in_which_order_their_groups_are_evaluated(file: Path) -> None:
    """Else promtool takes them as a Go map gives them, and one run in some has other numbers."""
    content = yaml.safe_load(file.read_text())
    rules = [yaml.safe_load((file.parent / name).read_text()) for name in content["rule_files"]]
    groups = [group["name"] for each in rules for group in each["groups"]]
    assert sorted(content["group_eval_order"]) == sorted(groups)


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem)
def test_alerts_fire_at_their_minute_and_are_silent_on_a_near_miss(file: Path) -> None:
    subprocess.run(["promtool", "test", "rules", file], check=True)


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_is_shown_at_the_minute_at_which_it_begins_to_fire(name: str) -> None:
    assert any(
        min(test.fires) - max(60, test.every) <= before < min(test.fires)
        for test in told(name)
        if test.fires
        for before in test.silent
    )


@pytest.mark.parametrize("name", OF_THE_PIPELINE)
def test_an_alert_on_the_pipeline_has_a_near_miss_of_its_own(name: str) -> None:
    assert [test for test in told(name) if not test.fires]


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_an_alert_says_what_it_is_how_bad_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["kind"] in KINDS
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert alert["annotations"]["summary"]
    assert alert["annotations"]["description"]
    assert alert["annotations"]["runbook_url"].endswith(f"#{alert['alert'].lower()}")


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_an_alert_that_gives_a_number_gives_the_usual_one(alert: dict[str, Any]) -> None:
    said = " ".join(alert["annotations"].values())
    assert "$value" not in said or re.search(r"usual|no day of|in the day before", said)


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert sorted(re.findall(r"^## (\w+)", RUNBOOKS, re.MULTILINE)) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_runbook_says_meaning_impact_diagnosis_and_mitigation(name: str) -> None:
    (text,) = re.findall(rf"^## {name}\n(.*?)(?=^## |\Z)", RUNBOOKS, re.MULTILINE | re.DOTALL)
    parts = re.findall(r"^\*\*(\w+)\.\*\* \S", text, re.MULTILINE)
    assert parts == ["Meaning", "Impact", "Diagnosis", "Mitigation"]


def test_every_kind_of_trouble_has_an_alert() -> None:
    assert {alert["labels"]["kind"] for alert in ALERTS} == KINDS
