"""The description is complete and true: every answer is held against it."""

from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboards.web import composing
from dashboards.web.app import pages
from dashboards.web.policy import Policy
from dashboards.web.streaming import event
from tests.web.played import NOON, PlayedNumbers

HOUR = "from=2026-11-25T12:00:00Z&to=2026-11-25T12:01:00Z"


@pytest.fixture
def numbers() -> PlayedNumbers:
    return PlayedNumbers(second=NOON)


@pytest.fixture
def app(numbers: PlayedNumbers) -> Starlette:
    return pages(numbers, lambda: NOON * 1000, Policy(max_streams=0))


@pytest.fixture
def client(app: Starlette) -> TestClient:
    return TestClient(app)


def described(client: TestClient) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/openapi.json").json()
    return document


def check(document: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    Draft202012Validator(_closed(document) | schema).validate(value)


def _closed(document: dict[str, Any]) -> dict[str, Any]:
    """The schemas, with every field that an answer has beyond them made an error."""
    schemas = {
        name: schema | {"additionalProperties": False}
        for name, schema in document["components"]["schemas"].items()
    }
    return {"components": {"schemas": schemas}}


def test_the_description_is_valid_openapi(client: TestClient) -> None:
    OpenAPIV31SpecValidator(described(client)).validate()


def test_every_address_of_the_api_is_described_and_no_other(
    app: Starlette, client: TestClient
) -> None:
    routes = {route.path for route in app.routes if isinstance(route, Route)}
    pages = ("/", "/report", "/receipt/{day}")
    files = {path for path in routes if path in pages or "." in path}
    assert set(described(client)["paths"]) == routes - files


@pytest.mark.parametrize(
    ("path", "address", "status"),
    [
        ("/api/v1/live", "/api/v1/live", 200),
        ("/api/v1/levels", f"/api/v1/levels?{HOUR}", 200),
        ("/api/v1/levels", "/api/v1/levels?from=x", 400),
        ("/api/v1/hour", "/api/v1/hour", 200),
        ("/api/v1/hour", "/api/v1/hour?channel=X", 400),
        ("/api/v1/days/{day}", "/api/v1/days/2026-11-25", 200),
        ("/api/v1/days/{day}", "/api/v1/days/2026-11-24?zone=Asia/Makassar", 200),
        ("/api/v1/days/{day}", "/api/v1/days/x", 400),
        ("/api/v1/days/{day}", "/api/v1/days/2027-01-01", 404),
        ("/api/v1/days/{day}/receipt", "/api/v1/days/2026-11-25/receipt", 200),
        ("/api/v1/days/{day}/receipt", "/api/v1/days/2026-11-25/receipt?channel=rcti", 200),
        ("/api/v1/days/{day}/receipt", "/api/v1/days/2026-11-25/receipt?channel=X", 400),
        ("/api/v1/days/{day}/receipt", "/api/v1/days/2026-11-25/receipt?channel=none", 404),
        ("/api/v1/stream", "/api/v1/stream", 503),
        ("/healthz", "/healthz", 200),
        ("/readyz", "/readyz", 200),
    ],
)
def test_every_answer_is_as_described(
    client: TestClient, numbers: PlayedNumbers, path: str, address: str, status: int
) -> None:
    numbers.gap = range(NOON - 600, NOON - 500)
    document = described(client)
    answer = client.get(address)
    assert answer.status_code == status
    content = document["paths"][path]["get"]["responses"][str(status)]["content"]
    check(document, content["application/json"]["schema"], answer.json())


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/api/v1/live", "/api/v1/live"),
        ("/api/v1/levels", f"/api/v1/levels?{HOUR}"),
        ("/api/v1/hour", "/api/v1/hour"),
        ("/api/v1/days/{day}", "/api/v1/days/2026-11-25"),
        ("/api/v1/days/{day}/receipt", "/api/v1/days/2026-11-25/receipt"),
        ("/readyz", "/readyz"),
    ],
)
def test_what_is_answered_in_trouble_is_as_described(
    client: TestClient, numbers: PlayedNumbers, path: str, address: str
) -> None:
    numbers.counting = numbers.storage = False
    document = described(client)
    answer = client.get(address)
    content = document["paths"][path]["get"]["responses"]["503"]["content"]
    check(document, content["application/json"]["schema"], answer.json())


def test_the_events_are_as_described(client: TestClient, numbers: PlayedNumbers) -> None:
    snapshot = numbers.live()
    assert snapshot is not None
    sent = event(composing.streamed(snapshot, NOON * 1000 + 900, Policy()))
    data = msgspec.json.decode(sent.removeprefix(b"data: "))
    check(described(client), {"$ref": "#/components/schemas/Streamed"}, data)
