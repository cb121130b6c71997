"""`penonton report`: the seed's month, by the definition, from files as players and stores send."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from penonton.cli import app
from tests.backfill.running import penonton, rows
from tests.report.seed import (
    APPLE_NEW,
    APPLE_TOTAL,
    GOOGLE_NEW,
    GOOGLE_TOTAL,
    write_exports,
    write_reports,
)

KINDS = "parlemen-tv=tv,parlemen-radio=radio"
MONTH = ("report", "--month", "2026-09", "--zone", "Asia/Jakarta")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Counted from raw reports by the command, and downloads imported by the command."""
    folder = tmp_path_factory.mktemp("seed")
    reports, exports = write_reports(folder / "reports.ndjson"), write_exports(folder / "exports")
    data = folder / "data"
    days = ("--from", "2026-08-30", "--to", "2026-09-30", "--zone", "Asia/Jakarta")
    counted = ("backfill", reports, *days, "--engine", "sql")
    for arguments in (counted, ("downloads", "import", exports)):
        answer = penonton(*arguments, data=data, PENONTON_KINDS=KINDS)
        assert answer.returncode == 0, answer.stderr
    return data


def test_the_figures_are_those_of_the_seed(data: Path) -> None:
    found = {
        (row["of"], row["figure"]): row
        for row in rows(penonton(*MONTH, "--format", "json", data=data))
    }
    values = {key: row["value"] for key, row in found.items()}
    assert values["*", "average_reach"] == 1_700
    assert values["*", "highest_reach"] == 21_420
    assert found["*", "highest_reach"]["day"] == "2026-09-14"
    assert values["*", "highest_peak_viewers"] == 1_000
    assert found["*", "highest_peak_viewers"]["at"] == "2026-09-20T12:30:07Z"
    assert values["*", "watch_hours"] == 51_000 / 60
    assert values["*", "average_viewers"] == 51_000 * 60 / (30 * 86_400)
    assert values["google-play", "total_downloads"] == GOOGLE_TOTAL == 33_552
    assert values["google-play", "new_downloads"] == GOOGLE_NEW
    assert values["app-store", "total_downloads"] == APPLE_TOTAL == 1_310
    assert values["app-store", "new_downloads"] == APPLE_NEW
    assert values["parlemen-tv", "average_reach"] == 1_530
    assert values["parlemen-radio", "average_reach"] == 170
    assert [values[kind, "average_reach"] for kind in ("*tv", "*radio")] == [1_530, 170]
    before = found["*", "average_reach"]
    assert (before["before"], before["before_known_days"], before["change"]) == (850, 2, 1)
    assert {row["known_days"] for row in found.values() if row["about"] == "audience"} == {30}


@pytest.mark.parametrize(
    ("language", "figures"),
    [
        ("id", ("1.700", "21.420", "33.552", "1.310")),
        ("en", ("1,700", "21,420", "33,552", "1,310")),
    ],
)
def test_the_page_prints_exactly_these(data: Path, language: str, figures: tuple[str, ...]) -> None:
    page = penonton(*MONTH, "--language", language, "--format", "html", data=data)
    assert page.returncode == 0, page.stderr
    assert [
        figure for figure in figures if f'<p class="number">{figure}</p>' not in page.stdout
    ] == []


def test_the_table_prints_exactly_these_in_indonesian_unless_told_otherwise(data: Path) -> None:
    table = penonton(*MONTH, data=data).stdout
    figures = ("1.700", "21.420", "33.552", "1.310")
    assert [figure for figure in figures if f" {figure} " not in table] == []
    assert "jumlah perangkat berbeda terbanyak dalam satu hari" in table


def test_days_are_reported_as_a_month_is(data: Path) -> None:
    span = ("report", "--from", "2026-09-01", "--to", "2026-09-30", "--format", "csv")
    answer = penonton(*span, data=data)
    header, *found = csv.reader(answer.stdout.splitlines())
    first = dict(zip(header, found[0], strict=True))
    assert (first["figure"], first["value"], first["before_days"]) == (
        "average_reach",
        "1700.0",
        "30",
    )
    assert (first["from"], first["to"], first["zone"]) == (
        "2026-09-01",
        "2026-09-30",
        "Asia/Jakarta",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        ("--month", "2026-13"),
        ("--month", "2026-09", "--from", "2026-09-01"),
        ("--from", "2026-09-01"),
        ("--from", "2026-09-02", "--to", "2026-09-01"),
        ("--from", "2020-01-01", "--to", "2026-09-01"),
        ("--month", "2026-09", "--language", "fr"),
    ],
)
def test_what_is_no_period_or_language_is_called_wrongly(wrong: tuple[str, ...]) -> None:
    answer = CliRunner().invoke(app, ["report", *wrong])
    assert (answer.exit_code, answer.stdout) == (2, "")


def test_where_nothing_was_ever_stored_that_is_said_and_nothing_made(tmp_path: Path) -> None:
    for arguments in (MONTH, ("downloads", "show")):
        answer = penonton(*arguments, data=tmp_path / "data")
        assert (answer.returncode, answer.stdout) == (1, "")
        assert answer.stderr == f"penonton: {tmp_path / 'data'}: nothing is stored there yet\n"
    assert not (tmp_path / "data").exists()
