"""Downloads of apps as the stores tell them: by export, day, app and country."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from importlib import resources
from typing import Final, Literal

import pyarrow as pa

from sinks.engine import Engine

Division = Literal["none", "country"]
DIVISIONS: Final[dict[Division, int]] = {"none": 0, "country": 1}

COLUMNS: Final[list[tuple[str, pa.DataType]]] = [
    ("store", pa.string()),
    ("account", pa.string()),
    ("day", pa.date32()),
    ("division", pa.int8()),
    ("version", pa.int64()),
    ("app", pa.string()),
    ("country", pa.string()),
    ("downloads", pa.int64()),
    ("redownloads", pa.int64()),
    ("updates", pa.int64()),
]


@dataclass(frozen=True, slots=True, order=True)
class ExportDay:
    """A day of a store's export: what a newer export replaces as a whole.

    `account`: whose export it is, a package with Google, a vendor's number with Apple. `division`:
    whether its rows are divided by country. `day` is as the store counts days.
    """

    store: str
    account: str
    division: Division
    day: dt.date


@dataclass(frozen=True, slots=True)
class AppDownloads:
    """What an export says of an app (and a country) on a day; None: nothing, which is not 0.

    `downloads`: first downloads; `redownloads`: by who had it before; `updates`. `app` empty: the
    export names none that day. `country` empty: undivided.
    """

    app: str
    country: str
    downloads: int | None
    redownloads: int | None
    updates: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """All an export says of a day, and how new it is."""

    version: int
    rows: frozenset[AppDownloads]


class Exports:
    """Days of exports in an engine whose schema is up to date. Raises Retry and Stop as it does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, told: Mapping[ExportDay, Told]) -> None:
        """Write days; each replaces what is known of it where its version is not lower."""
        rows = [
            {
                **{name: getattr(each, name) for name in ("store", "account", "day")},
                "division": DIVISIONS[each.division],
                "version": known.version,
                **{field.name: getattr(row, field.name) for field in fields(row)},
            }
            for each, known in told.items()
            for row in known.rows
        ]
        if rows:
            self._engine.insert("downloads", pa.Table.from_pylist(rows, pa.schema(COLUMNS)))

    def newest(self) -> dict[ExportDay, Told]:
        """What the newest export says of each day."""
        sql = resources.files("sinks").joinpath("sql", "downloads.sql").read_text()
        rows: dict[tuple[ExportDay, int], list[AppDownloads]] = {}
        for row in self._engine.query(sql).to_pylist():
            each = ExportDay(row["store"], row["account"], row["division"], row["day"])
            figures = (row["downloads"], row["redownloads"], row["updates"])
            told = AppDownloads(row["app"], row["country"], *figures)
            rows.setdefault((each, row["version"]), []).append(told)
        return {each: Told(version, frozenset(told)) for (each, version), told in rows.items()}


def whole(told: Iterable[AppDownloads]) -> dict[str, AppDownloads]:
    """By app what its countries add up to; None where one of them is not told."""
    by_app: dict[str, list[AppDownloads]] = {}
    for row in told:
        by_app.setdefault(row.app, []).append(row)
    return {
        app: AppDownloads(
            app,
            "",
            _sum([row.downloads for row in rows]),
            _sum([row.redownloads for row in rows]),
            _sum([row.updates for row in rows]),
        )
        for app, rows in by_app.items()
    }


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
