"""`penonton backfill` in a process of its own, on files that hold what a test says."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from audience import definition
from audience.days import Day
from audience.reports import Report

_HERE = Path(__file__).parents[2]


def environment(data: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Of a process that has its data in `data` and no setting but these."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PENONTON_")}
    return clean | {"PENONTON_DATA": str(data)} | dict(settings)


def penonton(
    *arguments: str | Path, data: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the command with its data in `data` and no setting but these."""
    return subprocess.run(
        [sys.executable, "-m", "penonton", *map(str, arguments)],
        cwd=_HERE,
        env=environment(data, settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )


def killed_after(said: str, *arguments: str, data: Path, **settings: str) -> None:
    """Run the command until its messages have `said` in them, and kill it."""
    with subprocess.Popen(
        [sys.executable, "-m", "penonton", *arguments],
        cwd=_HERE,
        env=environment(data, settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        heard = next((line for line in process.stderr if said in line), None)
        process.kill()
        assert heard


def rows(answer: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """What a command that went well answered."""
    assert answer.returncode == 0, answer.stderr
    return [msgspec.json.decode(line) for line in answer.stdout.splitlines()]


def written(path: Path, reports: Iterable[Report | Mapping[str, object]]) -> Path:
    """The file, with these reports in it, one a line."""
    path.write_bytes(msgspec.json.Encoder().encode_lines(reports))
    return path


def expected(reports: Sequence[Report], days: Iterable[Day]) -> list[dict[str, Any]]:
    """The rows that the definition gives, of days with a watched second."""
    return [
        {
            "day": day.date.isoformat(),
            "zone": day.zone.key,
            "channel": channel,
            "peak_viewers": figures.peak_viewers,
            "peak_at": _instant(figures.peak_at),
            "watch_seconds": figures.watch_seconds,
            "average_viewers": figures.watch_seconds / len(day.seconds),
            "reach": figures.reach,
            "sessions": figures.sessions,
        }
        for day in sorted(days, key=lambda each: each.date)
        for found in [definition.figures(reports, day)]
        if found["*"].watch_seconds
        for channel, figures in sorted(found.items())  # `*` sorts before every name
    ]


def _instant(second: int | None) -> str | None:
    if second is None:
        return None
    return dt.datetime.fromtimestamp(second, dt.UTC).isoformat().replace("+00:00", "Z")


def stored(data: Path, question: str) -> list[dict[str, Any]]:
    """What storage holds, asked in a process of its own: a process can have one chDB only."""
    script = (
        "import sys, msgspec; from pathlib import Path; from sinks.chdb import ChdbEngine\n"
        "engine = ChdbEngine(Path(sys.argv[1])); found = engine.query(sys.argv[2]).to_pylist()\n"
        "engine.close(); sys.stdout.write(msgspec.json.encode(found).decode())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(data / "chdb"), question],
        cwd=_HERE,
        check=True,
        capture_output=True,
        text=True,
    )
    found: list[dict[str, Any]] = msgspec.json.decode(answer.stdout)
    return found
