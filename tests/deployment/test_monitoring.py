"""What watches the cluster of docker-compose.yml finds it, as far as one can see without Docker."""

import re
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from penonton.settings import Settings
from tests.deployment.test_compose import ROOT, SERVICES, settings
from tests.monitoring.asking import DASHBOARDS

FOLDER = ROOT / "dashboards"
PROVISIONING = FOLDER / "grafana" / "provisioning"


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def mounted(service: str) -> dict[str, Path]:
    """Folders of ours, by where they are in the container."""
    found = {}
    for volume in SERVICES[service]["volumes"]:
        ours, theirs, *_ = volume.split(":")
        if ours.startswith("./"):
            found[theirs] = ROOT / ours
    return found


def test_promtool_finds_the_configuration_and_the_rules_sound() -> None:
    file = FOLDER / "prometheus" / "prometheus.yml"
    found = subprocess.run(
        ["promtool", "check", "config", file], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "2 rule files found" in found.stdout


def test_every_process_that_runs_on_is_scraped() -> None:
    (job,) = read(FOLDER / "prometheus" / "prometheus.yml")["scrape_configs"]
    (found,) = job["static_configs"]
    scraped = {name for name in SERVICES if name.startswith(("collector", "worker"))}
    port = settings("collector").metrics_port
    assert set(found["targets"]) == {f"{name}:{port}" for name in scraped}
    assert job["job_name"] == "penonton"


def test_prometheus_tells_the_alertmanager_that_there_is() -> None:
    (found,) = read(FOLDER / "prometheus" / "prometheus.yml")["alerting"]["alertmanagers"]
    assert found["static_configs"] == [{"targets": ["alertmanager:9093"]}]


def test_each_is_started_with_the_file_that_is_mounted() -> None:
    for name in ("prometheus", "alertmanager"):
        ((theirs, ours),) = mounted(name).items()
        assert f"--config.file={theirs}/{name}.yml" in SERVICES[name]["command"]
        assert (ours / f"{name}.yml").is_file()


def test_prometheus_keeps_as_much_as_the_rules_look_back() -> None:
    (kept,) = [each for each in SERVICES["prometheus"]["command"] if "retention.time" in each]
    assert int(kept.split("=")[1].split("d")[0]) >= 29


def test_grafana_finds_its_data_sources_and_dashboards() -> None:
    folders = mounted("grafana")
    assert folders["/etc/grafana/provisioning"] == PROVISIONING
    sources = {
        source["type"]: source
        for source in read(PROVISIONING / "datasources" / "penonton.yml")["datasources"]
    }
    assert sources["prometheus"]["url"] == "http://prometheus:9090"
    clickhouse = sources["grafana-clickhouse-datasource"]["jsonData"]
    database = SERVICES["clickhouse"]["environment"]["CLICKHOUSE_DB"]
    assert (clickhouse["host"], clickhouse["defaultDatabase"]) == ("clickhouse", database)
    assert clickhouse["username"] == "reader"
    password = sources["grafana-clickhouse-datasource"]["secureJsonData"]["password"]
    assert password.removeprefix("$__env{").rstrip("}") in SERVICES["grafana"]["environment"]
    (provider,) = read(PROVISIONING / "dashboards" / "penonton.yml")["providers"]
    shown = folders[provider["options"]["path"]]
    assert {file.stem for file in shown.glob("*.json")} == DASHBOARDS.keys()
    home = Path(SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (folders[str(home.parent)] / home.name).is_file()


def test_grafana_has_the_kinds_of_data_sources_that_are_asked() -> None:
    asked = {
        variable["query"]
        for dashboard in DASHBOARDS.values()
        for variable in dashboard["templating"]["list"]
        if variable["type"] == "datasource"
    }
    sources = read(PROVISIONING / "datasources" / "penonton.yml")["datasources"]
    assert asked == {source["type"] for source in sources}
    plugin = SERVICES["grafana"]["environment"]["GF_PLUGINS_PREINSTALL_SYNC"]
    assert plugin.split("@")[0] in asked


LIMITED = ["max_execution_time", "max_memory_usage", "max_threads"]


@pytest.mark.parametrize("name", LIMITED)
def test_who_only_reads_can_set_no_limit_aside(name: str) -> None:
    profile = ET.parse(ROOT / "docker" / "clickhouse-users.xml").find("profiles/reader")  # noqa: S314 - our own file
    assert profile is not None
    usual = profile.findtext(name)
    least, most = (profile.findtext(f"constraints/{name}/{bound}") for bound in ("min", "max"))
    assert (least, most) == ("1", "65" if name == "max_execution_time" else usual)
    users = (ROOT / "sinks" / "users.sql").read_text()
    assert f"    {name} = {usual} MIN {least} MAX {most}" in users


def test_clickhouse_lets_grafana_ask_as_long_as_it_waits() -> None:
    sources = read(PROVISIONING / "datasources" / "penonton.yml")["datasources"]
    (asking,) = [source for source in sources if source["type"].endswith("clickhouse-datasource")]
    # clickhouse-go, by which the plugin asks, sets max_execution_time to that and 5 s.
    asked = int(asking["jsonData"]["queryTimeout"]) + 5
    users = (ROOT / "docker" / "clickhouse-users.xml").read_text()
    assert f"<max_execution_time><min>1</min><max>{asked}</max></max_execution_time>" in users


def test_the_probes_in_the_document_are_probes() -> None:
    text = (ROOT / "docs" / "kubernetes.md").read_text()
    (snippet,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    probes = yaml.safe_load(snippet)
    assert probes.keys() == {"startupProbe", "livenessProbe", "readinessProbe"}
    for probe in probes.values():
        assert probe["httpGet"]["path"] in ("/healthz", "/readyz")
        assert probe["httpGet"]["port"] == Settings().port
    named = {name.lower() for name in re.findall(r"PENONTON_([A-Z_]+)", text)}
    assert named <= set(Settings.__struct_fields__)
