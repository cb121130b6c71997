"""Grafana's dashboards: as the code says, as Grafana reads them, and no query without an answer."""

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import pytest

from dashboards.grafana.files import FOLDER, files
from dashboards.metrics import rules
from penonton.simulate.world import CHANNELS
from sinks.metrics import Metric
from tests.monitoring.asking import DASHBOARDS, Asked, Span, asked, panels, promql
from tests.monitoring.prometheus import Prometheus

SCHEMA: Final = Path(__file__).parent / "schema"
ASKED: Final = list(asked())
OF_PROMETHEUS: Final = [each for each in ASKED if not each.is_sql]
SHOWN: Final = [(name, panel) for name, each in DASHBOARDS.items() for panel in panels(each)]
TITLES: Final = [f"{name}/{panel['title']}" for name, panel in SHOWN]
KNOWN: Final = {metric.value.name for metric in Metric} | {
    str(rule["record"]) for rule in rules() if "record" in rule
}
CHOSEN: Final = {"channel": ["*", *CHANNELS], "zone": ["Asia/Jakarta"]}
JUST_ONE: Final = {"channel": ["polri-tv"], "zone": ["Asia/Jakarta"]}
AT_FIRST: Final = {"channel": ["*"], "zone": ["Asia/Jakarta"]}


def test_the_files_are_what_the_code_says() -> None:
    found = {file.name: file.read_text() for file in FOLDER.glob("*")}
    assert found == files(), "run: python -m dashboards.grafana"


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What Grafana's types say of ours, and of one with a word that Grafana does not know."""
    wrong = json.loads((FOLDER / "live.json").read_text())
    panels(wrong)[0]["options"]["graphMode"] = "aera"
    file = tmp_path_factory.mktemp("schema") / "wrong.json"
    file.write_text(json.dumps(wrong))
    found = subprocess.run(
        ["node", SCHEMA / "check.js", *sorted(FOLDER.glob("*.json")), file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1, found.stderr
    return found.stdout.splitlines()


def test_they_are_what_grafana_says_a_dashboard_is(faults: list[str]) -> None:
    assert [fault for fault in faults if "/wrong.json" not in fault] == []


def test_the_check_finds_what_grafana_does_not_know(faults: list[str]) -> None:
    assert any("/wrong.json/panels/1/options/graphMode" in fault for fault in faults)


def test_the_four_are_there_each_at_an_address_of_its_own() -> None:
    uids = {name: each["uid"] for name, each in DASHBOARDS.items()}
    assert uids == {name: f"penonton-{name}" for name in ("live", "history", "pipeline", "event")}
    for each in DASHBOARDS.values():
        (link,) = each["links"]
        assert (link["tags"], link["type"]) == (each["tags"], "dashboards")
        assert {a["name"] for a in each["annotations"]["list"]} >= {"Alerts", "Specials"}


def test_links_lead_to_a_dashboard_that_there_is() -> None:
    text = json.dumps(DASHBOARDS)
    linked = re.findall(r"/d/([\w-]+)", text)
    assert linked
    assert set(linked) <= {each["uid"] for each in DASHBOARDS.values()}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_no_two_panels_have_the_same_id_or_place(name: str) -> None:
    everything = DASHBOARDS[name]["panels"]
    ids = [panel["id"] for panel in everything]
    assert len(set(ids)) == len(ids)
    covered = [
        (x, y)
        for panel in everything
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(covered)) == len(covered)
    assert max(x for x, _ in covered) < 24


@pytest.mark.parametrize(("name", "panel"), SHOWN, ids=TITLES)
def test_a_panel_says_what_its_number_is(name: str, panel: dict[str, Any]) -> None:
    assert len(panel["description"]) > 10
    said = [panel["title"], *_columns_given(panel)]
    said += [target.get("legendFormat", "") for target in panel["targets"]]
    for text in said:
        assert not re.search(r"(?<!concurrent )\bviewers\b", text, re.IGNORECASE), (name, text)


@pytest.mark.parametrize(("name", "panel"), SHOWN, ids=TITLES)
def test_a_number_stays_the_number_that_it_is(name: str, panel: dict[str, Any]) -> None:
    # Grafana's own unit for hours makes 13,440 of them 1.5 years.
    assert panel["fieldConfig"]["defaults"]["unit"] != "h", name


def _columns_given(panel: dict[str, Any]) -> list[str]:
    return [
        column
        for step in panel.get("transformations", [])
        for column in step["options"].get("renameByName", {}).values()
    ]


@pytest.mark.parametrize("each", OF_PROMETHEUS, ids=str)
def test_viewers_are_never_added_over_channels(each: Asked) -> None:
    expr = each.target["expr"]
    assert not re.search(r"(sum|avg)[^(]*\((rate|increase)?\(?penonton_(concurrent|peak)", expr)


@pytest.mark.parametrize("each", OF_PROMETHEUS, ids=str)
def test_what_is_asked_of_prometheus_is_declared_or_recorded(each: Asked) -> None:
    assert set(re.findall(r"penonton[_:][\w:]+", each.target["expr"])) <= KNOWN


@pytest.mark.parametrize("values", [CHOSEN, JUST_ONE, AT_FIRST], ids=["all", "one", "any"])
@pytest.mark.parametrize("each", OF_PROMETHEUS, ids=str)
def test_prometheus_has_an_answer(
    each: Asked, values: dict[str, list[str]], prometheus: Prometheus
) -> None:
    now = int(time.time())
    span = Span(now - 300, now + 1, 1)
    if each.repeated:
        values = {**values, each.repeated: values[each.repeated][-1:]}
    expr = promql(each, span, values)
    if each.target.get("instant"):
        found = prometheus.at(expr)
    else:
        found = prometheus.over(expr, span.start, span.end, span.step)
    assert found, expr
    for label in re.findall(r"{{(\w+)}}", each.target.get("legendFormat", "")):
        assert all(label in series["metric"] for series in found)


COUNTED: Final = [each for each in OF_PROMETHEUS if "unless on (any)" in each.target["expr"]]


@pytest.mark.parametrize("each", COUNTED, ids=str)
def test_counters_are_of_the_channels_chosen_and_of_every_one_where_any_is(
    each: Asked, prometheus: Prometheus
) -> None:
    now = time.time()

    def total(*channels: str) -> float:
        expr = promql(each, Span(0, 0, 1), {**CHOSEN, "channel": channels})
        return sum(float(found["value"][1]) for found in prometheus.at(expr, now))

    seen = prometheus.values("channel", "penonton_reports_total")
    assert total("*") == pytest.approx(total(*seen))
    assert total("polri-tv", "*") == pytest.approx(total("*"))
    assert total("polri-tv") == pytest.approx(total("*") - total(*{*seen} - {"polri-tv"}))


@pytest.mark.parametrize("name", ["live"])
def test_variables_of_prometheus_have_values(name: str, prometheus: Prometheus) -> None:
    asked_for = {
        variable["name"]: re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"])
        for variable in DASHBOARDS[name]["templating"]["list"]
        if variable["type"] == "query"
    }
    assert asked_for.keys() == {"channel", "zone"}
    found = {name: prometheus.values(m[2], m[1]) for name, m in asked_for.items() if m}
    assert set(found["channel"]) >= {"*", *CHANNELS}
    assert found["zone"] == ["Asia/Jakarta"]


MERGED: Final = [panel for name, panel in SHOWN if name == "live" and _columns_given(panel)]


@pytest.mark.parametrize("panel", MERGED, ids=lambda panel: str(panel["title"]))
def test_columns_that_are_named_are_there(panel: dict[str, Any], prometheus: Prometheus) -> None:
    given = {
        label
        for target in panel["targets"]
        for series in prometheus.at(promql(Asked("live", "", target), Span(0, 60, 5), CHOSEN))
        for label in series["metric"]
    }
    given |= {f"Value #{target['refId']}" for target in panel["targets"]} | {"Value", "Time"}
    for step in panel["transformations"]:
        options = step["options"]
        assert {*options.get("renameByName", {}), *options.get("excludeByName", {})} <= given
