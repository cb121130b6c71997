"""Settings: what is read, what wins, what is refused and how."""

import re
from pathlib import Path

import pytest

from penonton.settings import PREFIX, InvalidSetting, Settings, load

ROOT = Path(__file__).parents[2]
ROWS = {
    match["name"]: match
    for match in re.finditer(
        r"^\| `PENONTON_(?P<name>\w+)` \| (?P<default>[^|]+) \| [^|]+ \| (?P<what>.+) \|$",
        (ROOT / "docs" / "settings.md").read_text(),
        re.MULTILINE,
    )
}


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_every_setting_is_explained(name: str) -> None:
    row = ROWS.get(name.upper())
    assert row is not None, f"docs/settings.md has no row for PENONTON_{name.upper()}"
    assert len(row["what"]) > 20, "say what it is, and when to change it"


def test_nothing_is_explained_that_is_no_setting() -> None:
    assert ROWS.keys() == {name.upper() for name in Settings.__struct_fields__} | {"CONFIG"}


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_the_default_that_is_written_is_the_default(name: str) -> None:
    default = getattr(Settings(), name)
    written = ROWS[name.upper()]["default"].strip()
    if default is None:
        assert written == "none"
    elif default in ("", (), {}):
        assert written == "empty"
    else:
        said = ",".join(default) if isinstance(default, tuple) else str(default)
        assert written == f"`{said}`"


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_the_default_can_be_set_as_it_is_written(name: str) -> None:
    written = ROWS[name.upper()]["default"].strip()
    if written.startswith("`"):
        assert load({f"PENONTON_{name.upper()}": written.strip("`")}) == Settings()


def test_an_empty_environment_is_the_defaults() -> None:
    assert load({}) == Settings()


def test_what_does_not_begin_with_penonton_is_not_read() -> None:
    assert load({"PORT": "9000", "XPENONTON_PORT": "9000"}) == Settings()


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("port", 0, 65_535),
        ("metrics_port", 0, 65_535),
        ("metrics_channels", 1, 60_000),
        ("day_starts", 0, 23),
        ("lateness", 0, 3_600),
        ("max_interval", 5, 600),
        ("max_channels", 1, 60_000),
        ("partitions", 1, 65_536),
    ],
)
def test_a_number_is_taken_to_its_bounds_and_not_beyond(name: str, first: int, last: int) -> None:
    key = PREFIX + name.upper()
    for value in (first, last):
        assert getattr(load({key: str(value)}), name) == value
    for value in (first - 1, last + 1):
        with pytest.raises(InvalidSetting, match=key):
            load({key: str(value)})


@pytest.mark.parametrize(("name", "first"), [("max_body", 1_024), ("log_retention_hours", 1)])
def test_a_number_with_only_a_lower_bound_is_not_taken_below_it(name: str, first: int) -> None:
    key = PREFIX + name.upper()
    assert getattr(load({key: str(first)}), name) == first
    with pytest.raises(InvalidSetting, match=key):
        load({key: str(first - 1)})


@pytest.mark.parametrize("value", ["", "many", "8080.5", "1e400", "0x10"])
def test_what_is_no_number_is_refused_by_its_name(value: str) -> None:
    with pytest.raises(InvalidSetting, match="PENONTON_PORT"):
        load({"PENONTON_PORT": value})


def test_an_unknown_setting_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidSetting, match=r"PENONTON_PROT.*docs/settings.md"):
        load({"PENONTON_PROT": "8080"})


def test_kinds_are_pairs_or_a_table(tmp_path: Path) -> None:
    file = tmp_path / "penonton.toml"
    file.write_text('[kinds]\n"tv.1" = "tv"\nradio_1 = "radio"\n')
    expected = {"tv.1": "tv", "radio_1": "radio"}
    assert load({"PENONTON_CONFIG": str(file)}).kinds == expected
    settings = load({"PENONTON_KINDS": "tv.1=tv, radio_1 = radio,"})
    assert settings.kinds == expected
    assert settings.rules.groups == ("*", "*radio", "*tv")
    assert load({}).rules.groups == ("*",)


@pytest.mark.parametrize("kinds", ["tv.1", "tv.1=*tv", "tv.1=", "=tv", "*=tv", "TV=tv", "a=b=c"])
def test_what_is_no_kind_of_a_channel_is_refused(kinds: str) -> None:
    with pytest.raises(InvalidSetting, match="PENONTON_KINDS"):
        load({"PENONTON_KINDS": kinds})


def test_lists_are_separated_by_commas_and_may_have_spaces() -> None:
    settings = load({"PENONTON_ZONES": "Asia/Jakarta, Asia/Makassar ,Asia/Jayapura,"})
    assert settings.zones == ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")


@pytest.mark.parametrize("zones", ["Asia/Batavia", "../etc/passwd", "/etc/localtime", ",", ""])
def test_what_is_no_time_zone_is_refused(zones: str) -> None:
    with pytest.raises(InvalidSetting, match="PENONTON_ZONES"):
        load({"PENONTON_ZONES": zones})


def test_a_file_is_read_the_environment_wins_over_it_and_an_option_over_both(
    tmp_path: Path,
) -> None:
    file = tmp_path / "penonton.toml"
    file.write_text('port = 1\nlateness = 2\nhost = "::1"\nzones = ["Europe/Berlin", "UTC"]\n')
    settings = load(
        {"PENONTON_CONFIG": str(file), "PENONTON_PORT": "3", "PENONTON_LATENESS": "4"},
        lateness=5,
        host=None,
    )
    assert (settings.host, settings.port, settings.lateness) == ("::1", 3, 5)
    assert settings.zones == ("Europe/Berlin", "UTC")


@pytest.mark.parametrize("text", ["port = ", "port = 70000", "prot = 1", 'zones = "Nowhere/City"'])
def test_a_file_that_is_wrong_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "penonton.toml"
    file.write_text(text)
    with pytest.raises(InvalidSetting, match="PENONTON_"):
        load({"PENONTON_CONFIG": str(file)})


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"PENONTON_CONFIG.*missing\.toml"):
        load({"PENONTON_CONFIG": str(tmp_path / "missing.toml")})


def test_the_rules_of_counting_are_in_milliseconds() -> None:
    rules = load({"PENONTON_LATENESS": "60", "PENONTON_MAX_INTERVAL": "30"}).rules
    assert (rules.lateness, rules.max_interval) == (60_000, 30_000)


def test_the_hour_at_which_days_begin_is_one_of_the_rules() -> None:
    assert load({"PENONTON_DAY_STARTS": "6"}).rules.day_starts == 6
    assert load({}).rules.day_starts == 0
