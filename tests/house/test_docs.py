"""What the documents promise is there."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.house.test_names import ROOT, files

DOCUMENTS = [file for file in files() if file.suffix == ".md"]
TARGETS = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_a_document_links_to_exists(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    local = [link for link in links if not re.match(r"\w+:", link)]
    assert [link for link in local if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_a_document_tells_to_make_can_be_made(document: Path) -> None:
    assert set(re.findall(r"`make (\w+)", document.read_text())) <= TARGETS


def test_the_readme_names_the_two_commands() -> None:
    assert all(command in (ROOT / "README.md").read_text() for command in ("make run", "make test"))


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text()


def test_an_exception_from_the_linter_has_its_reason_beside_it() -> None:
    bare = re.compile(r"#\s*noqa(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?\s*$", re.MULTILINE)
    sources = [file for file in files() if file.suffix == ".py"]
    assert [str(file.relative_to(ROOT)) for file in sources if bare.search(file.read_text())] == []


def test_an_exception_in_the_configuration_has_its_reason_beside_it() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    start = lines.index("[tool.ruff.lint]")
    end = next(n for n, line in enumerate(lines) if n > start and line.startswith("[tool.mypy"))
    excepting = [line for line in lines[start:end] if re.search(r'"[A-Z]+\d+"', line)]
    assert excepting
    assert [line for line in excepting if "#" not in line] == []


def test_every_package_of_the_house_is_installed_and_under_contract() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"tests"}
    assert set(project["tool"]["importlinter"]["root_packages"]) == packages
    found = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.rstrip("*") for name in found} == packages


def test_what_is_said_to_be_seen_in_a_test_names_one_that_there_is() -> None:
    table = (ROOT / "docs" / "cluster.md").read_text().split("## What dies")[1].split("\n\n")[1]
    rows = table.splitlines()[2:]
    named = [re.findall(r"`([\w/]+\.py)`", row.split("|")[-2]) for row in rows]
    assert all(named)
    assert all((ROOT / "tests" / name).is_file() for names in named for name in names)
