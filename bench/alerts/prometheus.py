"""A real Prometheus that is told the past: it takes samples of any time and answers queries."""

import json
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import cramjam
import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.alerts.exported import Labels, Series
from bench.alerts.players import Floats

STALE: Final = np.frombuffer(np.uint64(0x7FF0_0000_0000_0002).tobytes(), np.float64)[0]
"""What Prometheus writes where a series ends."""

Times = NDArray[np.int64]
Answer = dict[Labels, tuple[Times, Floats]]
"""By labels: ms since the epoch, and values."""

# All of the past in one head block: nothing is compacted, nothing is too old.
FLAGS: Final = (
    "--web.enable-remote-write-receiver",
    "--storage.tsdb.min-block-duration=400d",
    "--storage.tsdb.max-block-duration=400d",
    "--storage.tsdb.retention.time=10y",
    "--query.max-samples=500000000",
    "--log.level=warn",
)


class _Row(msgspec.Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]]


class _Data(msgspec.Struct):
    result: list[_Row]


class _Response(msgspec.Struct):
    data: _Data


_DECODER: Final = msgspec.json.Decoder(_Response)


class Prometheus:
    """Runs while it is entered; its data lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}"
        config = self._folder / "prometheus.yml"
        config.write_text("{}")
        self._log = (self._folder / "log").open("wb")
        self._process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={self._folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                *FLAGS,
            ],
            stderr=self._log,
        )
        while not self._is_ready():
            if self._process.poll() is not None:
                raise SystemExit((self._folder / "log").read_text())
            time.sleep(0.1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def write(self, series: Iterable[tuple[Labels, Times, Floats]]) -> None:
        """Appends; within a series in order of time."""
        body = b"".join(_message(1, _encoded(*each)) for each in series if len(each[1]))
        request = urllib.request.Request(
            f"{self._url}/api/v1/write",
            bytes(cramjam.snappy.compress_raw(body)),
            {
                "Content-Encoding": "snappy",
                "Content-Type": "application/x-protobuf",
                "X-Prometheus-Remote-Write-Version": "0.1.0",
            },
        )
        with urllib.request.urlopen(request, timeout=600):
            pass

    def query(self, expr: str, start: int, end: int, step: int) -> Answer:
        """`start` and `end` included, all three in s."""
        asked = {"query": expr, "start": start, "end": end, "step": step, "timeout": "10m"}
        form = urllib.parse.urlencode(asked).encode()
        try:
            with urllib.request.urlopen(
                f"{self._url}/api/v1/query_range", form, timeout=600
            ) as answer:
                body = answer.read()
        except urllib.error.HTTPError as error:
            said = json.loads(error.read()).get("error")
            message = f"Prometheus: {said}\n{expr}"
            raise SystemExit(message) from error
        found: Answer = {}
        for row in _DECODER.decode(body).data.result:
            at, values = zip(*row.values, strict=True)
            found[tuple(sorted(row.metric.items()))] = (
                (np.array(at) * 1000).round().astype(np.int64),
                np.array(values, np.float64),
            )
        return found


def of(series: Series, times: Times, marks: str) -> tuple[Labels, Times, Floats]:
    """As it is written: what is missing is marked as stale where it begins, or left out."""
    missing = np.isnan(series.values)
    begins = missing & ~np.concatenate(([True], missing[:-1]))
    values = np.where(begins, STALE, series.values)
    kept = ~missing | begins if marks == "stale" else ~missing
    return series.labels, times[kept], values[kept]


def _encoded(labels: Labels, times: Times, values: Floats) -> bytes:
    named = b"".join(
        _message(1, _message(1, name.encode()) + _message(2, value.encode()))
        for name, value in labels
    )
    return named + _samples(times, values)


def _samples(times: Times, values: Floats) -> bytes:
    """All at once: in this century, each sample takes as many bytes."""
    out = np.zeros((len(times), 18), np.uint8)
    out[:, 0], out[:, 1], out[:, 2], out[:, 11] = 0x12, 16, 0x09, 0x10
    out[:, 3:11] = np.ascontiguousarray(values, np.float64).view(np.uint8).reshape(-1, 8)
    for n in range(6):
        out[:, 12 + n] = (times >> (7 * n)) & 0x7F | (0x80 if n < 5 else 0)
    return out.tobytes()


def _message(field: int, body: bytes) -> bytes:
    length, size = len(body), bytearray()
    while length > 0x7F:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    size.append(length)
    return bytes([field << 3 | 2]) + bytes(size) + body
