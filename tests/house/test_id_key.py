"""The key of ids: set, made once for a data folder, or none where it is said so."""

from pathlib import Path

import pytest

from ingest.identity import Identity
from penonton import checks
from penonton.checks import Verdict
from penonton.id_key import FILE, id_key, identity, make_id_key
from penonton.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


def test_a_new_data_folder_gets_a_key_that_only_its_owner_reads_and_keeps_it(
    settings: Settings,
) -> None:
    make_id_key(settings)
    key = id_key(settings)
    assert len(key) == 64
    assert (settings.data / FILE).stat().st_mode & 0o777 == 0o600
    make_id_key(settings)
    assert id_key(settings) == key
    assert identity(settings)("device-1") == Identity(key)("device-1")
    assert checks.id_key(settings)[0] is Verdict.ok


def test_two_data_folders_have_different_keys(tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        make_id_key(Settings(data=tmp_path / name))
        keys.add(id_key(Settings(data=tmp_path / name)))
    assert len(keys) == 2


@pytest.mark.parametrize("key", ["", "k" * 16])
def test_a_key_that_is_set_is_taken_and_none_is_made(tmp_path: Path, key: str) -> None:
    settings = load({"PENONTON_DATA": str(tmp_path), "PENONTON_ID_KEY": key})
    make_id_key(settings)
    assert list(tmp_path.iterdir()) == []
    assert id_key(settings) == key


def test_where_ids_were_hashed_without_a_key_they_go_on_so(settings: Settings) -> None:
    (settings.data / "log").mkdir()
    make_id_key(settings)
    assert id_key(settings) == ""
    assert checks.id_key(settings)[0] is Verdict.warn
