"""Every command of docs/http.md, run against a real `penonton serve`, answers what stands there."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.running import Serving, serving

PAGE = Path(__file__).parents[2] / "docs" / "http.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*?)\n(.*?)(?=^\$ |\Z)", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    example for block in BLOCK.findall(PAGE.read_text()) for example in COMMAND.findall(block)
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("http") / "data", settings={}) as server:
        yield server


def test_the_page_has_an_example_of_every_endpoint() -> None:
    commands = "".join(command for command, _ in EXAMPLES)
    assert [
        path for path in ("/v1/reports", "/epas/", "/cmcd/", "CMCD=") if path not in commands
    ] == []


@pytest.mark.parametrize(("command", "answer"), EXAMPLES, ids=lambda text: text[:40])
def test_a_command_of_the_page_answers_what_stands_there(
    command: str, answer: str, server: Serving
) -> None:
    run = subprocess.run(
        ["sh", "-c", command.replace("http://127.0.0.1:8080", server.url)],
        capture_output=True,
        check=True,
        text=True,
    )
    assert run.stdout.strip() == answer.strip()
