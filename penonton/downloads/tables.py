"""Rows of cells out of a text, each with the number of its line for whoever must correct it."""

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from penonton.downloads.exports import Unreadable


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file by the names of its columns, lower case."""

    path: Path
    line: int
    cells: dict[str, str]

    def fault(self, what: str) -> Unreadable:
        """What is wrong with it."""
        return fault(self.path, self.line, what)

    def day(self, column: str, form: str) -> dt.date:
        """The date in that column, written like `form` (strptime). Raises Unreadable."""
        text = self.cells[column]
        try:
            return dt.datetime.strptime(text, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            message = f"{column} is {text!r}, not a date"
            raise self.fault(message) from None

    def count(self, column: str) -> int | None:
        """The number of 0 or more in that column; None: the cell is empty. Raises Unreadable."""
        text = self.cells.get(column, "")
        if not text:
            return None
        if not (text.isascii() and text.isdigit()):
            message = f"{column} is {text!r}, not a number"
            raise self.fault(message)
        return int(text)


def fault(path: Path, line: int, what: str) -> Unreadable:
    """What is wrong with a line."""
    return Unreadable(f"{path}, line {line}: {what}")


def decoded(path: Path, data: bytes, encoding: str) -> str:
    """The text of a file. Raises Unreadable, with the line at which it is none."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(encoding, "ignore").count("\n") + 1
        message = f"not {encoding.upper()} from byte {error.start} on"
        raise fault(path, line, message) from None


def rows(path: Path, text: str, delimiter: str, needed: Sequence[str]) -> Iterator[Row]:
    """The lines after the header, which must name `needed`. Raises Unreadable."""
    lines = io.StringIO(text, newline="")
    if delimiter == "\t":  # where a quotation mark is part of a title
        reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)
    else:
        reader = csv.reader(lines, strict=True)
    try:
        header = _header(path, next(reader, []), needed)
        for cells in reader:
            if len(cells) != len(header):
                message = f"{len(cells)} cells under {len(header)} columns: is the file cut off?"
                raise fault(path, reader.line_num, message)
            named = zip(header, (cell.strip() for cell in cells), strict=True)
            yield Row(path, reader.line_num, dict(named))
    except csv.Error as error:
        raise fault(path, reader.line_num, str(error)) from error


def _header(path: Path, cells: Sequence[str], needed: Sequence[str]) -> list[str]:
    """The names of the columns, which Google writes with large or small letters."""
    header = [name.strip().lower() for name in cells]
    missing = [name for name in needed if name not in header]
    if missing:
        message = f"no column {missing[0]!r}; it has {', '.join(header) or 'nothing'}"
        raise fault(path, 1, message)
    if len(set(header)) < len(header):
        message = "a column stands there twice"
        raise fault(path, 1, message)
    return header
