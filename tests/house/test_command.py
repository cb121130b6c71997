"""The command from outside: help, versions, exit statuses, and what goes where."""

import json
import os
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.main import get_command

from penonton.cli import app

COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]


def penonton(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, with no setting but these."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PENONTON_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "penonton", *arguments],
        cwd=cwd,
        env=clean | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )


@pytest.fixture
def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def test_help_names_every_command(tmp_path: Path) -> None:
    answer = penonton("--help", cwd=tmp_path)
    assert answer.returncode == 0
    assert [name for name in COMMANDS if f" {name} " not in answer.stdout] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_explains_itself(command: str, tmp_path: Path) -> None:
    answer = penonton(command, "--help", cwd=tmp_path)
    assert answer.returncode == 0
    assert answer.stdout.strip().startswith(f"Usage: penonton {command}")
    assert answer.stderr == ""


def test_help_is_answered_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    heavy = "{'numba', 'pyarrow', 'chdb', 'uvicorn', 'starlette', 'aiohttp'}"
    script = f"import sys, penonton.cli; sys.exit(bool({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False).returncode == 0


def test_the_version_is_the_installed_one(tmp_path: Path) -> None:
    answer = penonton("--version", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (0, version("penonton") + "\n")


def test_a_call_without_a_command_is_2_and_shows_help(tmp_path: Path) -> None:
    answer = penonton(cwd=tmp_path)
    assert answer.returncode == 2
    assert "Usage: penonton" in answer.stdout + answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("applaud",),
        ("serve", "--applaud"),
        ("serve", "--demo", "-1"),
        ("serve", "--port", "many"),
        ("doctor", "--format", "poem"),
    ],
)
def test_a_call_that_is_wrong_is_2_and_says_nothing_on_stdout(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    answer = penonton(*arguments, cwd=tmp_path)
    assert answer.returncode == 2
    assert answer.stderr != ""
    assert answer.stdout == ""


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_setting_that_is_wrong_stops_the_start_and_is_named(command: str, tmp_path: Path) -> None:
    answer = penonton(command, cwd=tmp_path, PENONTON_LATENESS="soon")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "PENONTON_LATENESS" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_option_out_of_bounds_is_named_like_the_setting(tmp_path: Path) -> None:
    answer = penonton("serve", "--port", "65536", cwd=tmp_path)
    assert answer.returncode == 2
    assert "PENONTON_PORT" in answer.stderr


def test_the_doctor_finds_a_sound_installation_sound(tmp_path: Path, free_port: str) -> None:
    answer = penonton("doctor", "--format", "json", cwd=tmp_path, PENONTON_PORT=free_port)
    findings = {row["check"]: row for row in map(json.loads, answer.stdout.splitlines())}
    assert [row for row in findings.values() if row["verdict"] == "bad"] == []
    assert answer.returncode == 0
    assert findings["id key"]["verdict"] == "warn"
    assert list(tmp_path.iterdir()) == [], "looking must leave nothing behind"


def test_migrating_twice_changes_nothing_and_the_doctor_finds_the_storage(
    tmp_path: Path, free_port: str
) -> None:
    first, second = (penonton("migrate", cwd=tmp_path) for _ in range(2))
    assert first.returncode == second.returncode == 0
    assert first.stdout.splitlines()[0].startswith("0001_")
    assert second.stdout == ""
    answer = penonton("doctor", "--format", "csv", cwd=tmp_path, PENONTON_PORT=free_port)
    assert "storage,ok,answers" in answer.stdout


def test_the_doctor_says_which_setting_is_wrong(tmp_path: Path) -> None:
    answer = penonton("doctor", "--format", "csv", cwd=tmp_path, PENONTON_ZONES="Mars/Olympus")
    assert answer.returncode == 1
    assert "settings,bad,PENONTON_ZONES" in answer.stdout.replace('"', "")


def test_the_doctor_sees_that_the_port_is_someone_elses(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        answer = penonton("doctor", "--format", "csv", cwd=tmp_path, PENONTON_PORT=port)
    assert answer.returncode == 1
    assert "port,bad," in answer.stdout


def test_the_doctor_sees_that_the_data_folder_is_no_folder(tmp_path: Path, free_port: str) -> None:
    file = tmp_path / "data"
    file.write_text("a file")
    answer = penonton(
        "doctor", "--data", str(file), "--format", "csv", cwd=tmp_path, PENONTON_PORT=free_port
    )
    assert answer.returncode == 1
    assert "data folder,bad," in answer.stdout


def test_a_table_in_a_pipe_is_not_cut(tmp_path: Path, free_port: str) -> None:
    answer = penonton("doctor", cwd=tmp_path, PENONTON_PORT=free_port)
    assert "changing it later makes every viewer a new one)" in answer.stdout
