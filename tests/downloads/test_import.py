"""`penonton downloads`: what the stores' files say is what is known, once, or nothing at all."""

import datetime as dt
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from penonton.downloads import files
from penonton.downloads.days import COLUMNS, by_app, rows
from penonton.downloads.exports import Unreadable
from penonton.downloads.importing import Outcome, compared
from sinks.downloads import Exports
from sinks.engine import Engine
from tests.backfill.running import penonton
from tests.backfill.running import rows as command_rows
from tests.downloads.exported import (
    APPLE_ID,
    GOOGLE,
    PACKAGE,
    VENDOR,
    apple_line,
    countries,
    google_file,
    google_line,
    month,
    overview,
    sales,
)

NOVEMBER = month(2026, 11)
DAY = NOVEMBER[2]


class Imports:
    """Imports one after the other into an engine, as the command does."""

    def __init__(self, engine: Engine) -> None:
        engine.execute("TRUNCATE TABLE downloads")
        self._engine = engine
        self._kept = Exports(engine)
        self._at = 1_795_000_000_000

    def __call__(self, *paths: Path) -> Outcome:
        self._at += 1
        outcome = compared(files.read(paths).exports, self._kept.newest(), self._at)
        self._kept.put(outcome.told)
        return outcome

    def shown(self, last: dt.date | None = None) -> dict[tuple[str, str], tuple[object, ...]]:
        """Downloads, redownloads and updates by app and day."""
        return {
            (str(row["app"]), str(row["day"])[8:]): tuple(row[each] for each in COLUMNS[4:])
            for row in rows(by_app(self._kept.newest()), None, last)
        }

    def count(self) -> int:
        return int(
            self._engine.query("SELECT toInt64(count()) AS n FROM downloads")["n"][0].as_py()
        )


@pytest.fixture
def imports(engine: Engine) -> Imports:
    return Imports(engine)


def test_a_folder_of_both_stores_comes_in_as_they_tell_it(imports: Imports, tmp_path: Path) -> None:
    overview(tmp_path / "google", {day: 1000 + day.day for day in NOVEMBER[:3]})
    countries(tmp_path / "google", {(DAY, "ID"): 990, (DAY, ""): 12})
    lines = [
        apple_line(DAY, 40),
        apple_line(DAY, 2, "1"),
        apple_line(DAY, 1, "1T", "MY"),
        apple_line(DAY, 5, "3F"),
        apple_line(DAY, 900, "7F"),
        apple_line(DAY, 8, "7", "SG"),
        apple_line(DAY, 77, "IA1", app="555"),
        apple_line(DAY, -3),
    ]
    sales(tmp_path / "apple", DAY, lines)
    assert [(row["store"], row["division"], row["new"]) for row in imports(tmp_path).rows] == [
        ("app-store", "country", 1),
        ("google-play", "country", 1),
        ("google-play", "none", 3),
    ]
    assert imports.shown() == {
        (APPLE_ID, "03"): (43, 5, 908),
        (PACKAGE, "01"): (1001, None, 41),
        (PACKAGE, "02"): (1002, None, 41),
        (PACKAGE, "03"): (1003, None, 41),  # not 1003 + 990 + 12
    }


def test_countries_are_added_up_only_where_there_is_no_overview(
    imports: Imports, tmp_path: Path
) -> None:
    of = NOVEMBER[:3]
    imports(countries(tmp_path, {(of[0], "ID"): 4, (of[1], "ID"): 5, (of[1], "MY"): 1}))
    assert [told[0] for told in imports.shown().values()] == [4, 6]
    imports(overview(tmp_path, {of[0]: 7}))
    assert [told[0] for told in imports.shown().values()] == [7, 6]
    imports(countries(tmp_path, {(of[0], "ID"): 4, (of[2], "ID"): 5, (of[2], "MY"): ""}))
    assert [told[0] for told in imports.shown().values()] == [7, 6, None]


def test_twice_is_once(imports: Imports, tmp_path: Path) -> None:
    overview(tmp_path, dict.fromkeys(NOVEMBER, 10))
    sales(tmp_path, DAY, [apple_line(DAY, 40)])
    imports(tmp_path)
    before, count = imports.shown(), imports.count()
    again = imports(tmp_path, tmp_path)
    assert [(row["new"], row["same"]) for row in again.rows] == [(0, 1), (0, 30)]
    assert (imports.shown(), imports.count()) == (before, count)


def test_a_day_that_is_not_told_is_unknown_and_not_zero(imports: Imports, tmp_path: Path) -> None:
    told: dict[dt.date, int | str] = {NOVEMBER[0]: 5, NOVEMBER[2]: 0, NOVEMBER[3]: ""}
    imports(overview(tmp_path, told | {NOVEMBER[4]: 7}))
    downloads = {day: told[0] for (_, day), told in imports.shown(NOVEMBER[5]).items()}
    assert downloads == {"01": 5, "02": None, "03": 0, "04": None, "05": 7, "06": None}


def test_last_days_of_which_google_tells_nothing_but_0_are_not_finished(
    imports: Imports, tmp_path: Path
) -> None:
    nothing = f"{NOVEMBER[1]},{PACKAGE}" + ",0" * 10
    quiet = f"{NOVEMBER[0]},{PACKAGE}" + ",0" * 6 + ",14,0,0,0"
    path = tmp_path / f"installs_{PACKAGE}_202611_overview.csv"
    imports(google_file(path, [GOOGLE.format(""), quiet, nothing]))
    assert {day: told[0] for (_, day), told in imports.shown().items()} == {"01": 0, "02": None}


def test_an_app_that_its_vendors_report_does_not_name_had_no_downloads(
    imports: Imports, tmp_path: Path
) -> None:
    days = NOVEMBER[:4]
    sales(tmp_path, days[0], [apple_line(days[0], 9, app="222")])
    sales(tmp_path, days[1], [apple_line(days[1], 4)])
    sales(tmp_path, days[3], [])
    imports(tmp_path)
    assert imports.shown() == {
        (APPLE_ID, "02"): (4, 0, 0),  # the first that names it
        (APPLE_ID, "03"): (None, None, None),
        (APPLE_ID, "04"): (0, 0, 0),
        ("222", "01"): (9, 0, 0),
        ("222", "02"): (0, 0, 0),
        ("222", "03"): (None, None, None),
        ("222", "04"): (0, 0, 0),
    }


def test_of_overlapping_exports_the_one_made_later_holds_whatever_their_order(
    imports: Imports, tmp_path: Path
) -> None:
    older = overview(tmp_path / "older", {NOVEMBER[0]: 5, NOVEMBER[1]: 6})
    newer = overview(tmp_path / "newer", {NOVEMBER[0]: 5, NOVEMBER[1]: 8, NOVEMBER[2]: 1})
    imports(older)
    assert [(each.day.day.day, each.before, each.after) for each in imports(newer).changed] == [
        (2, 6, 8)
    ]
    held = imports.shown()
    assert [told[0] for told in held.values()] == [5, 8, 1]
    assert [row["older"] for row in imports(older).rows] == [1]
    assert imports.shown() == held


def test_of_overlapping_exports_in_one_import_too(imports: Imports, tmp_path: Path) -> None:
    newer = overview(tmp_path / "a", {NOVEMBER[0]: 5, NOVEMBER[1]: 8, NOVEMBER[2]: 1})
    older = overview(tmp_path / "b", {NOVEMBER[0]: 5, NOVEMBER[1]: 6})
    together = imports(newer, older).rows
    assert [(row["new"], row["same"], row["older"]) for row in together] == [(3, 0, 0), (0, 1, 1)]
    assert [told[0] for told in imports.shown().values()] == [5, 8, 1]


def test_a_corrected_report_replaces_the_day_as_a_whole(imports: Imports, tmp_path: Path) -> None:
    imports(sales(tmp_path, DAY, [apple_line(DAY, 9), apple_line(DAY, 4, "1F", "MY")]))
    changed = imports(sales(tmp_path, DAY, [apple_line(DAY, 10)])).changed
    assert [(each.app, each.before, each.after) for each in changed] == [(APPLE_ID, 13, 10)]
    assert imports.shown() == {(APPLE_ID, "03"): (10, 0, 0)}
    imports(sales(tmp_path, DAY, [apple_line(DAY, 9), apple_line(DAY, 4, "1F", "MY")]))
    assert imports.shown() == {(APPLE_ID, "03"): (13, 0, 0)}, "back to what it said at first"


def test_two_files_that_contradict_each_other_are_refused(imports: Imports, tmp_path: Path) -> None:
    one = sales(tmp_path / "one", DAY, [apple_line(DAY, 9)])
    other = sales(tmp_path / "other", DAY, [apple_line(DAY, 10)])
    with pytest.raises(Unreadable, match=f"{one} and {other} tell 2026-11-03 differently"):
        imports(one, other)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_google_files_converted_to_utf_8_are_read_too(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / f"installs_{PACKAGE}_202611_overview (1).csv"
    google_file(path, [GOOGLE.format(""), google_line(DAY, 5)], encoding)
    (export,) = files.read([path]).exports
    assert [row.downloads for row in export.days[DAY]] == [5]


def test_files_of_a_folder_that_are_no_exports_are_left_out_and_said(tmp_path: Path) -> None:
    google(tmp_path)
    for name in (
        "README",
        f"installs_{PACKAGE}_202611_device.csv",
        f"S_W_{VENDOR}_20261108.txt.gz",
    ):
        (tmp_path / name).write_text("nothing")
    found = files.read([tmp_path])
    assert len(found.exports) == 1
    assert {path.name: why.split(";")[0] for path, why in found.left_out} == {
        "README": "its name is not that of an export, installs_<package>_<YYYYMM>_overview.csv or "
        "S_D_<vendor>_<YYYYMMDD>.txt.gz",
        f"installs_{PACKAGE}_202611_device.csv": "the overview tells the same downloads",
        f"S_W_{VENDOR}_20261108.txt.gz": "it adds up days",
    }


def google(folder: Path, *lines: str, encoding: str = "utf-16") -> Path:
    path = folder / f"installs_{PACKAGE}_202611_overview.csv"
    return google_file(path, [GOOGLE.format(""), google_line(NOVEMBER[0], 1), *lines], encoding)


def apple(folder: Path, *lines: str) -> Path:
    return sales(folder, DAY, [apple_line(DAY, 1), *lines])


def cut(path: Path, by: int) -> Path:
    path.write_bytes(path.read_bytes()[:-by])
    return path


def named(path: Path, name: str) -> Path:
    return path.rename(path.parent / name)


def unpacked(path: Path) -> Path:
    plain = path.with_suffix("")
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    path.unlink()
    return plain


def of_another_header(path: Path) -> Path:
    text = gzip.decompress(path.read_bytes()).replace(b"Units", b"Quantity")
    path.write_bytes(gzip.compress(text))
    return path


WRONG: dict[str, tuple[Callable[[Path], Path], str]] = {
    "cut in a line": (
        lambda to: cut(google(to, google_line(DAY, 3)), 8),
        "line 3: the line has no",
    ),
    "cut in a character": (lambda to: cut(google(to), 1), "line 2: not UTF-16 from byte"),
    "empty": (lambda to: cut(google(to), len(google(to).read_bytes())), "line 1: no column 'date'"),
    "only a header": (
        lambda to: google_file(to / f"installs_{PACKAGE}_202611_overview.csv", [GOOGLE.format("")]),
        "not a line under its header",
    ),
    "latin-1": (lambda to: google(to, "é", encoding="latin-1"), "line 3: not UTF-8"),
    "without byte order mark": (lambda to: google(to, encoding="utf-16-le"), "line 1: "),
    "fewer cells": (lambda to: google(to, f"{DAY},{PACKAGE},3"), "line 3: 3 cells under 12"),
    "no number": (lambda to: google(to, google_line(DAY, "1.5")), "line 3: daily user installs is"),
    "negative": (
        lambda to: google(to, google_line(DAY, -1)),
        "line 3: daily user installs is '-1'",
    ),
    "no date": (
        lambda to: google(to, google_line(DAY, 3).replace("-03", "-31")),
        "line 3: date is",
    ),
    "another month": (
        lambda to: google(to, google_line(dt.date(2026, 12, 1), 3)),
        "line 3: 2026-12-01 lies outside of the month",
    ),
    "another app": (
        lambda to: google(to, google_line(DAY, 3).replace(PACKAGE, "id.other")),
        "line 3: package name is 'id.other'",
    ),
    "a day twice": (lambda to: google(to, *2 * [google_line(DAY, 3)]), "line 4: 2026-11-03 stands"),
    "another column": (
        lambda to: google_file(google(to), ["Date,Package name,Installs"]),
        "line 1: no column 'daily user installs'",
    ),
    "by device": (
        lambda to: named(google(to), f"installs_{PACKAGE}_202611_device.csv"),
        "the overview tells the same downloads",
    ),
    "half a gzip": (lambda to: cut(apple(to), 9), "not a whole gzip file"),
    "no gzip": (lambda to: named(unpacked(apple(to)), f"S_D_{VENDOR}_20261103.txt.gz"), "gzip"),
    "half a text": (lambda to: cut(unpacked(apple(to)), 9), "line 2: the line has no end"),
    "another header": (lambda to: of_another_header(apple(to)), "line 1: no column 'units'"),
    "a title with a tab": (
        lambda to: apple(to, apple_line(DAY, 1).replace("TV", "T\tV")),
        "line 3: 29 cells under 28 columns",
    ),
    "no units": (lambda to: apple(to, apple_line(DAY, "many")), "line 3: units is 'many'"),
    "another day": (lambda to: apple(to, apple_line(NOVEMBER[3], 1)), "line 3: begin date is 2026"),
    "an unknown type": (lambda to: apple(to, apple_line(DAY, 1, "9X")), "line 3: product type ide"),
    "no app": (lambda to: apple(to, apple_line(DAY, 1, app="")), "line 3: apple identifier is e"),
    "by month": (
        lambda to: named(apple(to), f"S_M_{VENDOR}_202611.txt.gz"),
        "it adds up days; only daily reports",
    ),
    "another name": (lambda to: named(apple(to), "sales.gz"), "its name is not that of an export"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_file_is_named_with_its_line(wrong: str, tmp_path: Path) -> None:
    make, message = WRONG[wrong]
    bad = make(tmp_path)
    with pytest.raises(Unreadable) as refused:
        files.read([bad])
    assert str(refused.value).startswith(str(bad))
    assert message in str(refused.value)


def test_with_a_wrong_file_the_command_imports_nothing_and_then_all(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "exports"
    overview(folder / "good", {NOVEMBER[0]: 3})
    bad = cut(apple(folder / "wrong"), 9)
    answer = penonton("downloads", "import", folder, data=data)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith(f"penonton: nothing was imported: {bad}: not a whole gzip file")
    assert "Traceback" not in answer.stderr
    assert not data.exists()
    apple(folder / "wrong")
    penonton("downloads", "import", folder, data=data)
    sales(folder / "wrong", DAY, [apple_line(DAY, 2)])
    answer = penonton("downloads", "import", folder, "--format", "csv", data=data)
    assert (answer.returncode, len(answer.stdout.splitlines())) == (0, 3)
    assert answer.stderr == f"changed: app-store {APPLE_ID} 2026-11-03 by country: 1 -> 2\n"
    shown = command_rows(penonton("downloads", "show", "--format", "json", data=data))
    assert [(row["store"], row["zone"], row["downloads"]) for row in shown] == [
        ("app-store", "America/Los_Angeles", 2),
        ("google-play", "America/Los_Angeles", 3),
    ]
