"""Rows as a table, as JSON and as CSV."""

import csv
import io
import json

import pytest

from penonton.output import Format, show

COLUMNS = ("channel", "peak_viewers", "peak_at")
ROWS: list[dict[str, object]] = [
    {"peak_at": "2026-11-25T12:03:07Z", "channel": "*", "peak_viewers": 21_420, "kept": "inside"},
    {"peak_at": None, "channel": 'tv, "one" [bold]\n', "peak_viewers": 0, "kept": "inside"},
]


def written(form: Format) -> str:
    out = io.StringIO()
    show(ROWS, COLUMNS, form, out)
    return out.getvalue()


def test_json_is_one_object_a_line_with_the_columns_in_order() -> None:
    lines = [json.loads(line) for line in written(Format.json).splitlines()]
    assert [list(line) for line in lines] == [list(COLUMNS)] * 2
    assert lines == [{column: row[column] for column in COLUMNS} for row in ROWS]


def test_csv_reads_back_with_nothing_where_there_is_nothing() -> None:
    header, *rows = csv.reader(io.StringIO(written(Format.csv), newline=""))
    assert tuple(header) == COLUMNS
    assert rows == [["*", "21420", "2026-11-25T12:03:07Z"], ['tv, "one" [bold]\n', "0", ""]]


def test_a_table_shows_what_is_there_and_takes_no_text_for_markup() -> None:
    table = written(Format.table)
    assert table.splitlines()[0].split() == list(COLUMNS)
    assert "[bold]" in table


@pytest.mark.parametrize("form", Format)
def test_without_rows_nothing_breaks(form: Format) -> None:
    out = io.StringIO()
    show([], COLUMNS, form, out)
    assert (out.getvalue() == "") == (form is Format.json)
