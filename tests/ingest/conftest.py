from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.collecting import Collecting


@pytest.fixture
def collecting(tmp_path: Path) -> Iterator[Collecting]:
    with Collecting(tmp_path / "quarantine").serving() as it:
        yield it
