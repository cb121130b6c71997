"""Nobody's address is written anywhere; who is forgotten leaves no trace, others stay."""

import base64
import http.client
import json
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from ingest.identity import Identity
from tests.house.test_command import penonton
from tests.serve.running import QUICK, Serving, serving
from tests.today import NOON, ZONE, today

KEY = "a key of sixteen characters"
ANNA, OTHER = "the-device-of-anna", "somebody-else"
HASH = Identity(KEY)(ANNA)
PEER, FORWARDED = "127.0.0.77", "203.0.113.77"
SETTINGS = {**QUICK, **NOON, "PENONTON_ID_KEY": KEY}


def post(server: Serving, *reports: dict[str, object]) -> int:
    """From PEER, who says to speak for FORWARDED."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, source_address=(PEER, 0))
    headers = {"X-Forwarded-For": FORWARDED, "Forwarded": f"for={FORWARDED}"}
    client.request("POST", "/v1/reports", json.dumps(reports), headers)
    status = client.getresponse().status
    client.close()
    return status


def traces(folder: Path, *needles: bytes) -> list[str]:
    """The files in which one of these lies, also as the quarantine writes it."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if "quarantine" in path.parts and path.suffix == ".ndjson":
                bodies = [json.loads(line)["body"] for line in content.splitlines()]
                content += b"".join(map(base64.b64decode, bodies))
            if any(needle in content for needle in needles):
                found.append(str(path.relative_to(folder)))
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A serve that has stopped, of whose reports some were refused."""
    folder = tmp_path_factory.mktemp("forgetting")
    with serving(folder / "data", SETTINGS) as server:
        for viewer in (ANNA, OTHER):
            said: dict[str, object] = {"viewer": viewer, "session": f"{viewer} 1", "channel": "tv"}
            assert post(server, said | {"state": "playing"}) == 202
            assert post(server, said | {"state": "dancing"}) == 400
        time.sleep(0.01)  # so that it is no duplicate
        assert post(server, said | {"state": "playing"}) == 202
        ago, ahead = (
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + s)) for s in (-60, 600)
        )
        server.until(
            "a second to be final",
            f"/api/v1/levels?channel=tv&from={ago}&to={ahead}",
            lambda answer: answer["levels"] and answer["levels"][0]["final"],
        )
        server.until(
            "the day to be stored",
            f"/api/v1/days/{today()}/receipt?channel=tv",
            lambda receipt: receipt["reports"] == 3,
        )
        assert server.stop() == 0
        yield server


def explained(server: Serving) -> dict[str, object]:
    answer = penonton(
        *("explain", today(), "tv", "--data", str(server.data), "--format", "json"),
        cwd=server.data.parent,
        **SETTINGS,
    )
    assert answer.returncode == 0, answer.stderr
    receipt: dict[str, object] = json.loads(answer.stdout)
    return receipt


def test_no_address_of_a_peer_is_written_anywhere(served: Serving) -> None:
    addresses = [PEER.encode(), FORWARDED.encode(), ip_address(FORWARDED).packed]
    assert traces(served.data.parent, *addresses) == []
    assert traces(served.data, ANNA.encode()) != []  # so it would be seen


def test_who_is_forgotten_leaves_no_trace_and_others_and_figures_stay(served: Serving) -> None:
    needles = (ANNA.encode(), HASH.encode(), HASH.upper().encode(), bytes.fromhex(HASH))
    where = {path.split("/")[0] for path in traces(served.data, *needles)}
    assert where == {"log", "chdb", "quarantine"}
    before = explained(served)
    answer = forget(served, ANNA)
    assert answer.returncode == 0, answer.stderr
    days = [json.loads(line) for line in answer.stdout.splitlines()]
    assert {"zone": ZONE, "day": today(), "channel": "tv"} in days
    assert "reports in the log: 1 erased" in answer.stderr
    assert "refused reports: 1 erased" in answer.stderr
    assert traces(served.data, *needles) == []
    after = explained(served)
    assert after["figures"] == before["figures"]
    assert (before["reports"], after["reports"]) == (3, 2)
    assert after["query"] is None
    assert str(after["reports_erased_at"]).startswith("20")
    assert traces(served.data, OTHER.encode()) != []

    served.start()
    served.until_ready()
    assert served.stop() == 0
    assert traces(served.data, *needles) == []
    assert explained(served)["reports"] == 2


def forget(server: Serving, viewer: str) -> CompletedProcess[str]:
    command = ("forget", viewer, "--data", str(server.data), "--format", "json")
    return penonton(*command, cwd=server.data.parent, **SETTINGS)


def test_twice_finds_nothing(served: Serving) -> None:
    answer = forget(served, ANNA)
    assert answer.returncode == 0
    assert "rows in storage: 0 erased" in answer.stderr


def test_while_it_serves_nothing_is_erased(served: Serving) -> None:
    served.start()
    served.until_ready()
    assert explained(served)["reports"] == 2  # reading goes on beside it
    answer = forget(served, OTHER)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "already writes to the log" in answer.stderr
    assert served.stop() == 0
    assert explained(served)["reports"] == 2


@pytest.mark.parametrize(
    "arguments", [(), (ANNA, "--hash", HASH), ("--hash", "a1"), ("--hash", HASH.upper()), ("",)]
)
def test_who_is_meant_must_be_said_once(arguments: tuple[str, ...], tmp_path: Path) -> None:
    answer = penonton("forget", *arguments, cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
