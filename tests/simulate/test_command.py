"""The command from its options to its exit, against a server that counts what it is told to."""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from aiohttp import web
from typer.testing import CliRunner, Result

from audience.definition import levels
from audience.reports import Report
from audience.rules import Rules
from penonton.simulate.command import mix_of, simulate
from penonton.simulate.counted import Unreadable, counted, until_final
from penonton.simulate.running import Run, run
from penonton.simulate.world import World
from tests.simulate.answering import serving
from tests.simulate.making import AT

APP = typer.Typer()
APP.command()(simulate)
FIRST = AT // 1000


def called(*arguments: str) -> Result:
    return CliRunner().invoke(APP, arguments)


class Server:
    """Takes all reports; says that 7 viewers watch everything, final from the third answer on."""

    def __init__(self) -> None:
        self.reports = 0
        self.looks = 0

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/api/v1/live":
            return web.json_response({"at": "2100-01-01T00:00:00Z", "channels": []})
        if request.path != "/api/v1/levels":
            self.reports += 1
            return web.json_response({"accepted": 1, "rejected": []}, status=202)
        self.looks += 1
        first, end = (dt.datetime.fromisoformat(request.query[key]) for key in ("from", "to"))
        seconds = range(int(first.timestamp()), int(end.timestamp()))
        return web.json_response({"levels": [self._level(second) for second in seconds]})

    def _level(self, second: int) -> dict[str, Any]:
        at = dt.datetime.fromtimestamp(second, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"at": at, "viewers": 7, "sessions": 8, "final": self.looks > 2}


@asynccontextmanager
async def server() -> AsyncIterator[tuple[Server, str]]:
    it = Server()
    async with serving(it.answer) as address:
        yield it, address


def test_weights_are_equal_or_named() -> None:
    assert mix_of("epas, json") == {"epas": 1, "json": 1}
    assert mix_of("cmcd1=0.5,json=3") == {"cmcd1": 0.5, "json": 3}


@pytest.mark.parametrize(
    "text", ["", "morse", "json=0", "json=-1", "json=nan", "json=inf", "json=x"]
)
def test_a_mix_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        mix_of(text)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--against", "http://127.0.0.1:1", "--reports", "x"],
        ["--reports", "x"],
        ["--against", "http://127.0.0.1:1", "--lose", "2"],
        ["--against", "http://127.0.0.1:1", "--protocols", "morse"],
    ],
)
def test_a_mistaken_call_ends_with_2(arguments: list[str]) -> None:
    assert called(*arguments).exit_code == 2


def test_reports_without_a_server_can_be_counted_and_compared_with_their_truth(
    tmp_path: Path,
) -> None:
    reports, truth = tmp_path / "reports.ndjson", tmp_path / "truth.ndjson"
    result = called(
        *("--viewers", "30", "--seconds", "120", "--die", "0", "--protocols", "json"),
        *("--reports", str(reports), "--truth", str(truth)),
    )
    assert (result.exit_code, result.stdout) == (0, "")
    found = levels(
        msgspec.json.decode(line, type=Report) for line in reports.read_bytes().splitlines()
    )
    true = {
        (one["channel"], one["second"]): one["viewers"]
        for one in map(json.loads, truth.read_text().splitlines())
    }
    watched = sum(true.values())
    assert watched > 1_000
    counted_all = sum(viewers for viewers, _ in found.values())
    assert counted_all == pytest.approx(watched, rel=0.1)


def test_a_server_that_is_not_there_is_told_and_ends_with_1() -> None:
    result = called("--viewers", "1", "--seconds", "1", "--against", "http://127.0.0.1:9")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "does not answer" in result.stderr


def test_a_run_writes_its_truth_and_compares_once_seconds_are_final(tmp_path: Path) -> None:
    truth = tmp_path / "truth.ndjson"

    async def ran() -> None:
        async with server() as (it, address):
            asked = Run(World(20, 3, mix={"json": 1}), Rules(), "", truth)
            outcome = await run(asked, address, wait_final=True)
        assert not outcome.wrong
        everything = outcome.comparisons[0]
        assert (everything.channel, everything.provisional) == ("*", 0)
        assert everything.watch_seconds_counted == 7 * everything.seconds
        lines = [json.loads(line) for line in truth.read_text().splitlines()]
        sent = [line for line in lines if line["kind"] == "report"]
        assert len(sent) == it.reports - 1  # it was asked first whether it is there
        assert {line["answer"] for line in sent} == {202}
        true = [line for line in lines if line["kind"] == "level" and line["channel"] == "*"]
        assert sum(line["viewers"] for line in true) == everything.watch_seconds_true > 10

    asyncio.run(ran())


def test_levels_of_more_than_an_hour_are_asked_for_hour_by_hour() -> None:
    async def read() -> None:
        async with server() as (it, address):
            found = await counted(address, ["*", "tv"], FIRST, FIRST + 3_601)
        assert it.looks == 4
        assert found.levels.channels == ["*", "tv"]
        assert found.levels.viewers.shape == (2, 3_601)
        assert (found.levels.viewers == 7).all()
        assert (found.levels.sessions == 8).all()
        assert found.provisional == 3_601

    asyncio.run(read())


def test_waiting_ends_when_no_second_is_provisional() -> None:
    left: list[int] = []

    async def waited() -> None:
        async with server() as (_, address):
            await until_final(address, FIRST, FIRST + 10, asyncio.Event(), left.append)

    asyncio.run(waited())
    assert left == [10, 10, 0]


def test_a_server_without_levels_is_unreadable() -> None:
    async def nothing(_: web.Request) -> web.Response:
        return web.Response(status=404)

    async def read() -> None:
        async with serving(nothing) as address:
            await counted(address, [], FIRST, FIRST + 1)

    with pytest.raises(Unreadable, match="404"):
        asyncio.run(read())
