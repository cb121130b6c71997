"""What must not stand in any file of the project."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Taken apart, so that this file does not hold them itself.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("repo1", "maven", "org"),
        ("repo", "maven", "apache", "org"),
        ("deb", "debian", "org"),
        ("static", "crates", "io"),
        ("proxy", "golang", "org"),
    )
]


def files() -> list[Path]:
    """Every file that is or could be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_names_the_host_of_a_registry(host: str) -> None:
    assert [str(file) for file in files() if host.encode() in file.read_bytes()] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_every_package_by_hash(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    pinned = [number for number, line in enumerate(lines) if "==" in line.split(";")[0]]
    assert pinned
    assert all("--hash=sha256:" in lines[number + 1] for number in pinned)


def test_the_locks_do_not_contradict_each_other() -> None:
    def versions(name: str) -> set[str]:
        lines = (ROOT / name).read_text().splitlines()
        return {line.split(" ;")[0] for line in lines if "==" in line.split(";")[0]}

    assert versions("requirements.lock") <= versions("requirements-dev.lock")
