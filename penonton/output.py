"""What a command answers, on stdout: as a table to read, or as JSON or CSV to go on with."""

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TextIO

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = Mapping[str, object]


class Format(StrEnum):
    """How rows are written: `json` is one object a line."""

    table = "table"
    json = "json"
    csv = "csv"


def show(
    rows: Iterable[Row], columns: Sequence[str], form: Format, out: TextIO | None = None
) -> None:
    """Write rows, each a mapping with a value for every one of `columns`; `out` None: stdout."""
    _WRITERS[form](rows, columns, out or sys.stdout)


def _table(rows: Iterable[Row], columns: Sequence[str], out: TextIO) -> None:
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(_plain(row[column])) for column in columns))
    # In a pipe there is no width to fit into: what a line says is not to be cut.
    Console(file=out, width=None if out.isatty() else 10_000).print(table)


def _json(rows: Iterable[Row], columns: Sequence[str], out: TextIO) -> None:
    for row in rows:
        print(msgspec.json.encode({column: row[column] for column in columns}).decode(), file=out)


def _csv(rows: Iterable[Row], columns: Sequence[str], out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_plain(row[column]) for column in columns] for row in rows)


def _plain(value: object) -> str:
    return "" if value is None else str(value)


_WRITERS = {Format.table: _table, Format.json: _json, Format.csv: _csv}
