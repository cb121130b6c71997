"""What Arrow columns are written as is what clickhouse-driver reads, values and all."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from clickhouse_driver.columns.service import read_column

from sinks.engine import Engine, Stop
from sinks.native import written
from tests.sinks.native_bridge import CONTEXT, Wire

NAME = pa.dictionary(pa.int16(), pa.string())
WIDE = pa.array([f"c{n}" for n in range(300)]).dictionary_encode()
LONG = ["", "a" * 127, "b" * 128, "é\0\n", "c" * 20_000]


def read(kind: str, data: bytes, rows: int) -> list[Any]:
    parts = iter([data])
    wire = Wire(lambda: next(parts, b""))
    found = list(read_column(CONTEXT, kind, rows, wire))
    assert wire.at_end(), "all of it was read"
    return found


@pytest.mark.parametrize(
    ("kind", "column", "values"),
    [
        ("UInt8", pa.array([0, 255], pa.int64()), [0, 255]),
        ("Int8", pa.array([-128, 127]), [-128, 127]),
        ("UInt64", pa.array([2**64 - 1, 0], pa.uint64()), [2**64 - 1, 0]),
        ("Float64", pa.array([1.5, -0.0]), [1.5, -0.0]),
        ("String", pa.array(LONG), [value.encode() for value in LONG]),
        ("String", pa.array(["x", "y", "x"]).dictionary_encode(), [b"x", b"y", b"x"]),
        ("FixedString(2)", pa.array([b"ab", b"\0\xff"], pa.binary(2)), [b"ab", b"\0\xff"]),
        ("LowCardinality(String)", pa.array(["x", "y", "x"]), [b"x", b"y", b"x"]),
        ("LowCardinality(String)", WIDE, [f"c{n}".encode() for n in range(300)]),
        ("Nullable(UInt32)", pa.array([None, 7, 0]), [None, 7, 0]),
        ("Nullable(Float64)", pa.array([None, None], pa.float64()), [None, None]),
        ("Date", pa.array([dt.date(2026, 11, 25)]), [dt.date(2026, 11, 25)]),
        ("Enum8('a' = 0, 'b' = 2)", pa.array([2, 0], pa.int8()), ["b", "a"]),
    ],
)
def test_every_type_comes_back(kind: str, column: "pa.Array[Any]", values: list[Any]) -> None:
    assert read(kind, written(column, kind), len(values)) == values


@pytest.mark.parametrize("kind", ["UInt16", "FixedString(3)", "LowCardinality(String)", "String"])
def test_a_part_of_a_column_is_that_part(kind: str) -> None:
    values = [f"{n:03}" for n in range(100)]
    column: Any = pa.array(range(100))
    if "String" in kind:
        column = pa.array(values).dictionary_encode()
    if kind.startswith("Fixed"):
        column = pa.array([value.encode() for value in values], pa.binary(3))
    found = read(kind, written(column.slice(20, 30), kind), 30)
    assert found == [n if kind == "UInt16" else f"{n:03}".encode() for n in range(20, 50)]


@pytest.mark.parametrize("value", [-1, 1 << 16])
def test_a_number_that_does_not_fit_is_refused_not_bent(value: int) -> None:
    with pytest.raises(pa.ArrowInvalid):
        written(pa.array([value]), "UInt16")


@pytest.mark.parametrize("rows", [1, 300, 100_000])
def test_what_is_inserted_is_what_is_selected(engine: Engine, rows: int) -> None:
    engine.execute(
        "CREATE OR REPLACE TABLE kinds (n Int64, name LowCardinality(String), text String,"
        " at DateTime64(3, 'UTC'), maybe Nullable(UInt32)) ENGINE = MergeTree ORDER BY n"
    )
    table = pa.table(
        {
            "n": pa.array(range(rows), pa.int64()),
            "name": pa.array([f"c{n % 300}" for n in range(rows)]).dictionary_encode(),
            "text": [f"t{n}" for n in range(rows)],
            "at": pa.array(range(rows), pa.int64()).cast(pa.timestamp("ms", "UTC")),
            "maybe": [n if n % 2 else None for n in range(rows)],
        }
    )
    engine.insert("kinds", table)
    found = engine.query(
        "SELECT n, name, text, toUnixTimestamp64Milli(at) AS at, maybe FROM kinds ORDER BY n"
    ).to_pydict()
    assert found == table.set_column(3, "at", table["at"].cast(pa.int64())).to_pydict()


def test_a_refused_insert_leaves_the_connection_in_order(engine: Engine) -> None:
    engine.execute("CREATE OR REPLACE TABLE few (n UInt8) ENGINE = MergeTree ORDER BY n")
    with pytest.raises(Stop):
        engine.insert("few", pa.table({"absent": [1]}))
    assert engine.query("SELECT 3 AS x")["x"].to_pylist() == [3]


def test_rows_that_do_not_fit_are_refused_while_they_are_sent(server_engine: Engine) -> None:
    server_engine.execute("CREATE OR REPLACE TABLE few (n UInt8) ENGINE = MergeTree ORDER BY n")
    with pytest.raises(Stop, match="256"):
        server_engine.insert("few", pa.table({"n": [256]}))
    assert server_engine.query("SELECT count() AS n FROM few")["n"].to_pylist() == [0]
