"""Apache Kafka's jars, fetched once by Maven into the user's cache.

Run as a script it fetches them, without a test.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
COPY = ["mvn", "-q", "-B", "-Dstyle.color=never", "-f", str(POM), "dependency:copy-dependencies"]


def jars() -> Path:
    """The folder of the jars. Needs `java` and, the first time, `mvn`."""
    for program in ("java", "mvn"):
        assert shutil.which(program), f"this test needs {program}: tools/test-needs brings it"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "penonton"
    folder = cache / f"kafka-{_version()}"
    if not folder.is_dir():
        _fetch(folder)
    return folder


def _version() -> str:
    found = re.search(r"<artifactId>kafka_.*?<version>(.*?)</version>", POM.read_text(), re.DOTALL)
    assert found
    return found[1]


def _fetch(folder: Path) -> None:
    """Beside it first, then renamed: what has the name is complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as part:
        subprocess.run(
            [*COPY, f"-DoutputDirectory={part}/jars"], check=True, stdout=subprocess.DEVNULL
        )
        try:
            Path(part, "jars").rename(folder)
        except OSError:  # another run was quicker
            assert folder.is_dir()


if __name__ == "__main__":
    print(jars())
