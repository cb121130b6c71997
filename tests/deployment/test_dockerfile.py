"""Dockerfile, as far as it can be judged without Docker."""

import re
import subprocess
import sys
from pathlib import Path

from penonton.settings import load

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
LAST = DOCKERFILE.rpartition("\nFROM ")[2]
HADOLINT = Path(sys.executable).with_name("hadolint")


def test_hadolint_finds_nothing() -> None:
    found = subprocess.run(
        [HADOLINT, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (0, "")


def test_it_is_built_in_stages_from_a_python_that_this_is_made_for() -> None:
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert images == ["python:3.13-trixie", "python:3.13-slim-trixie"]
    # The folder of packages has the version in its name.
    assert set(re.findall(r"python(\d+\.\d+)/", DOCKERFILE)) == {"3.13"}


def test_it_does_not_run_as_root() -> None:
    assert re.findall(r"^USER (.*)$", LAST, re.MULTILINE) == ["10001:10001"]


def test_it_is_installed_from_the_lock() -> None:
    assert "pip install --require-hashes --requirement requirements.lock" in DOCKERFILE
    assert "pip install --no-deps --no-build-isolation ." in DOCKERFILE


def test_its_settings_are_valid() -> None:
    settings = load(dict(re.findall(r"(PENONTON_\w+)=(\S+)", LAST)))
    assert settings.data == Path("/data")
    assert re.findall(r"^EXPOSE (\d+)$", LAST, re.MULTILINE) == [str(settings.port)]


def test_what_is_copied_is_there_and_goes_to_the_builder() -> None:
    sent = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = {
        name
        for names in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        for name in names.split()
    }
    assert copied == sent
    assert all((ROOT / name).exists() for name in copied)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages <= copied
