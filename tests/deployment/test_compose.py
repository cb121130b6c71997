"""docker-compose.yml, as far as it can be judged without Docker."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
import yaml
from jsonschema import Draft7Validator
from typer.main import get_command

from penonton.cli import app
from penonton.settings import Settings, load
from penonton.topics import wanted

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)
SECRETS = [
    "PENONTON_ID_KEY",
    "CLICKHOUSE_PASSWORD",
    "CLICKHOUSE_READER_PASSWORD",
    "GRAFANA_PASSWORD",
]
GIVEN = EXAMPLE | {name: name.replace("_", "") for name in SECRETS}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
ONCE = {"topics", "schema"}
OURS = {name for name, service in SERVICES.items() if service["image"].startswith("penonton:")}


def filled(text: str, values: dict[str, str]) -> str:
    """As Compose fills in `${NAME:-default}` and `${NAME:?message}`."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if given := values.get(name):
            return given
        assert kind == "-", f"{name} must be given: {rest}"
        return str(rest)

    return VARIABLE.sub(value, text)


def settings(service: str, values: dict[str, str] = GIVEN) -> Settings:
    environment = SERVICES[service]["environment"]
    return load({name: filled(str(value), values) for name, value in environment.items()})


def test_it_is_what_the_compose_specification_says() -> None:
    schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text())
    Draft7Validator.check_schema(schema)
    assert [error.message for error in Draft7Validator(schema).iter_errors(COMPOSE)] == []


def test_every_image_is_named_by_its_version() -> None:
    assert [
        name
        for name, service in SERVICES.items()
        if not re.fullmatch(r"[a-z/-]+:v?\d+\.\d+(\.\d+)?", service["image"])
    ] == []


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_setting_is_one_and_is_valid(name: str) -> None:
    assert settings(name) != Settings()


def test_settings_of_all_our_services_are_the_same() -> None:
    first, *others = (settings(name) for name in OURS)
    assert all(other == first for other in others)


def test_what_has_a_default_need_not_be_given() -> None:
    must = dict.fromkeys(SECRETS, "secret")
    assert settings("collector", must).partitions == settings("collector").partitions


def test_the_example_names_every_variable_and_no_other() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert {found[1] for found in VARIABLE.finditer(text)} == set(EXAMPLE)


def test_the_example_explains_every_variable() -> None:
    told = (ROOT / ".env.example").read_text().strip().split("\n\n")
    explained = {line.split("=")[0] for part in told if part[0] == "#" for line in part.split("\n")}
    assert explained >= set(EXAMPLE)


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_starts_without_secrets_of_ones_own(secret: str) -> None:
    assert EXAMPLE[secret] == ""
    with pytest.raises(AssertionError, match=f"{secret} must be given"):
        filled((ROOT / "docker-compose.yml").read_text(), {**GIVEN, secret: ""})


def test_who_only_reads_can_do_no_more() -> None:
    users = ET.parse(ROOT / "docker" / "clickhouse-users.xml")  # noqa: S314 - our own file
    database = SERVICES["clickhouse"]["environment"]["CLICKHOUSE_DB"]
    grants = [grant.text for grant in users.findall("users/reader/grants/query")]
    assert grants == [f"GRANT SELECT ON {database}.*"]
    assert users.findtext("users/reader/profile") == "reader"
    assert users.findtext("profiles/reader/readonly") == "2"
    password = users.find("users/reader/password")
    assert password is not None
    assert password.get("from_env") in SERVICES["clickhouse"]["environment"]


def test_the_topics_can_be_made_with_one_broker() -> None:
    assert {topic.replication for topic in wanted(settings("topics"))} == {1}
    for key, value in SERVICES["kafka"]["environment"].items():
        if key.endswith(("REPLICATION_FACTOR", "MIN_ISR")):
            assert value == 1, key


def test_servers_are_found_where_they_are() -> None:
    given = settings("collector")
    assert given.kafka == "kafka:9092"
    listeners = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert listeners == f"PLAINTEXT://{given.kafka}"
    url, clickhouse = urlsplit(given.clickhouse), SERVICES["clickhouse"]["environment"]
    assert (url.hostname, url.port) == ("clickhouse", 9000)
    assert url.username == clickhouse["CLICKHOUSE_USER"]
    assert url.password == filled(clickhouse["CLICKHOUSE_PASSWORD"], GIVEN)
    assert url.path == f"/{clickhouse['CLICKHOUSE_DB']}"


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_is_one(name: str) -> None:
    (command,) = SERVICES[name]["command"]
    assert command in get_command(app).commands  # type: ignore[attr-defined]


def test_there_are_two_workers_and_a_collector() -> None:
    commands = [SERVICES[name]["command"][0] for name in OURS]
    assert sorted(commands) == ["collect", "migrate", "topics", "worker", "worker"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_runs_on_says_how_it_is_and_starts_again_and_what_runs_once_does_not(
    name: str,
) -> None:
    service = SERVICES[name]
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert ("healthcheck" in service) == (name not in ONCE)


def test_each_waits_for_what_it_needs() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            once = "service_completed_successfully"
            wanted = once if other in ONCE else "service_healthy"
            assert how == {"condition": wanted}, (name, other)


def test_what_is_stored_is_on_a_volume() -> None:
    volumes = {
        volume.partition(":")[0]: name
        for name, service in SERVICES.items()
        for volume in service.get("volumes", [])
        if not volume.startswith("./")
    }
    assert volumes.pop("spool") == "collector"
    storing = {"kafka", "clickhouse", "prometheus", "alertmanager", "grafana"}
    assert volumes == {name: name for name in storing}
    volumes["spool"] = "collector"
    assert volumes.keys() == COMPOSE["volumes"].keys()


def test_kafka_and_clickhouse_are_reached_from_inside_only() -> None:
    assert COMPOSE["networks"]["inside"]["internal"]
    for name in ("kafka", "clickhouse"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]


def test_ports_are_on_loopback_until_told_otherwise() -> None:
    ports = {name: port for name, each in SERVICES.items() for port in each.get("ports", [])}
    inner = {name: filled(port, {}).rpartition(":")[2] for name, port in ports.items()}
    ours = dict.fromkeys(("collector", "worker-1", "worker-2"), str(Settings().port))
    assert inner == ours | {"prometheus": "9090", "alertmanager": "9093", "grafana": "3000"}
    for port in ports.values():
        assert filled(port, {}).startswith("127.0.0.1:")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_nothing_may_take_the_whole_machine(name: str) -> None:
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert limits.keys() == {"cpus", "memory"}


def test_kafkas_heap_leaves_room_in_its_memory() -> None:
    heap = SERVICES["kafka"]["environment"]["KAFKA_HEAP_OPTS"]
    memory = SERVICES["kafka"]["deploy"]["resources"]["limits"]["memory"]
    assert 2 * int(heap.rpartition("-Xmx")[2].removesuffix("m")) <= int(memory.removesuffix("M"))


def test_files_that_are_mounted_are_there() -> None:
    mounted = [
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]
    assert mounted
    assert all((ROOT / path).exists() for path in mounted)


def test_every_setting_that_the_document_names_is_one() -> None:
    named = set(re.findall(r"PENONTON_(\w+)", (ROOT / "docs" / "cluster.md").read_text()))
    assert named
    assert {name.lower() for name in named} <= set(Settings.__struct_fields__)
