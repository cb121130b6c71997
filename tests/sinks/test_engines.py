"""What is true of one engine only: who may open it, and how it breaks."""

import ctypes
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from sinks.chdb import ChdbEngine
from sinks.clickhouse import ServerEngine
from sinks.engine import Engine, Retry, Stop, failure
from tests.sinks.native_bridge import CRASH, Bridge

ROOT = Path(__file__).parents[2]


def elsewhere(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run in a process of its own: chDB opens one directory a process."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_second_process_on_the_same_directory_is_told_so(
    chdb_engine: ChdbEngine, database: Path
) -> None:
    assert chdb_engine.query("SELECT 1 AS x").num_rows == 1
    found = elsewhere(
        "import sys; from sinks.chdb import ChdbEngine; ChdbEngine(sys.argv[1])", database
    )
    assert f"sinks.engine.Stop: {database}: another process uses it" in found.stderr


def test_a_second_directory_in_the_same_process_is_told_so(
    chdb_engine: ChdbEngine, tmp_path: Path
) -> None:
    with pytest.raises(Stop, match="this process has another chDB database open"):
        ChdbEngine(tmp_path)
    assert chdb_engine.query("SELECT 1 AS x").num_rows == 1


END = """
import atexit, ctypes, sys
from pathlib import Path
from sinks.chdb import ChdbEngine

libc = ctypes.CDLL(None)
libc.on_exit(ctypes.cast(libc.pause, ctypes.c_void_p), None)  # an end that never ends
engine = ChdbEngine(Path(sys.argv[1]))
engine.execute("CREATE TABLE numbers (n UInt8) ENGINE = MergeTree ORDER BY n")
engine.execute("INSERT INTO numbers VALUES (7)")
engine.close()
atexit.register(print, "Python's own end")
sys.exit(3)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "on_exit"), reason="needs glibc")
def test_a_process_ends_with_its_status_though_what_c_does_at_its_end_hangs(
    tmp_path: Path,
) -> None:
    ended = elsewhere(END, tmp_path / "chdb")
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "Python's own end\n", "")
    count = "from pathlib import Path; from sinks.chdb import ChdbEngine; import sys; "
    count += "print(ChdbEngine(Path(sys.argv[1])).query('SELECT n FROM numbers').to_pylist())"
    assert elsewhere(count, tmp_path / "chdb").stdout == "[{'n': 7}]\n"


REOPEN = """
import sys
from pathlib import Path
import pyarrow as pa
from sinks.chdb import ChdbEngine
from sinks.migrate import migrate, migrations
from sinks.store import Store

for _ in range(2):
    engine = ChdbEngine(Path(sys.argv[1]))
    applied = migrate(engine)
    Store(engine).put_progress("starts", 1 + (Store(engine).progress("starts") or 0))
    engine.close()
with ChdbEngine.temporary() as engine:
    assert migrate(engine) == list(migrations()), "a temporary one is empty"
engine = ChdbEngine(Path(sys.argv[1]))
print(applied, Store(engine).progress("starts"))
engine.close()
"""


def test_what_was_stored_is_there_after_closing(tmp_path: Path) -> None:
    found = elsewhere(REOPEN, tmp_path / "data")
    assert found.stdout == "[] 2\n", found.stderr


def test_many_threads_may_write_and_read(engine: Engine) -> None:
    engine.execute("CREATE OR REPLACE TABLE numbers (x Int64) ENGINE = MergeTree ORDER BY x")

    def add(n: int) -> int:
        engine.insert("numbers", pa.table({"x": [n]}))
        return int(engine.query("SELECT count() AS n FROM numbers")["n"][0].as_py())

    with ThreadPoolExecutor(8) as threads:
        assert max(threads.map(add, range(24))) == 24


def test_rows_that_break_a_constraint_are_refused_not_lost(engine: Engine) -> None:
    engine.execute(
        "CREATE OR REPLACE TABLE small (x Int64, CONSTRAINT small CHECK x < 3)"
        " ENGINE = MergeTree ORDER BY x"
    )
    with pytest.raises(Stop, match="VIOLATED_CONSTRAINT"):
        engine.insert("small", pa.table({"x": [3]}))


def test_a_server_that_dies_is_to_be_tried_again_and_found_again(
    server_engine: ServerEngine,
) -> None:
    with pytest.raises(Retry):
        server_engine.query(CRASH)
    assert server_engine.query("SELECT 3 AS x")["x"].to_pylist() == [3]


def test_nobody_at_the_address_is_to_be_tried_again() -> None:
    with pytest.raises(Retry):
        ServerEngine("clickhouse://someone:hidden@127.0.0.1:1/there").query("SELECT 1")


def test_a_wrong_password_must_be_corrected_and_is_not_told(bridge: Bridge) -> None:
    engine = ServerEngine(f"clickhouse://someone:hidden@127.0.0.1:{bridge.port}/served")
    with pytest.raises(Stop, match=r"127\.0\.0\.1/served") as told:
        engine.query("SELECT 1 AS x")
    assert "hidden" not in str(told.value)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Code: 252. DB::Exception: Too many parts", Retry),
        ("Code: 243. DB::Exception: Not enough space", Retry),
        ("Code: 60. DB::Exception: Unknown table", Stop),
        ("something else", Stop),
    ],
)
def test_what_passes_by_itself_is_to_be_tried_again(message: str, kind: type[Exception]) -> None:
    told = failure("insert failed", "here", message)
    assert type(told) is kind
    assert str(told) == f"insert failed (here): {message}"
