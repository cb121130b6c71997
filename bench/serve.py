"""What `penonton serve` costs: CPU and memory of the real process while simulated viewers report.

The viewers are a process of their own, on the loopback. They arrive and are left alone for a while
before anything is measured; `--data` keeps what was stored.
"""

import argparse
import contextlib
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

VIEWERS = 21_420
IDLE = 10  # s
WARM_UP = 75  # s: the audience takes 30 to arrive
PATIENCE = 120  # s until it must be ready
TICKS = os.sysconf("SC_CLK_TCK")
PROBE = b'{"viewer":"probe","session":"probe","channel":"probe","state":"paused","interval":30}'
OURS, CHDB = "our own threads", "chDB's threads"


@contextlib.contextmanager
def serving(data: str) -> Iterator[tuple[int, int]]:
    """A serve on a free port: its process id and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "penonton", "serve", "--port", str(port)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PENONTON_")}
    with subprocess.Popen(command, env=clean | {"PENONTON_DATA": data}) as process:
        try:
            wait_for(port)
            yield process.pid, port
        finally:
            process.send_signal(signal.SIGINT)


def wait_for(port: int) -> None:
    for _ in range(PATIENCE * 10):
        with contextlib.suppress(OSError):  # it does not listen yet
            if asked(http.client.HTTPConnection("127.0.0.1", port), "/readyz")[0] == 200:
                return
        time.sleep(0.1)
    message = "serve does not get ready"
    raise SystemExit(message)


def asked(
    connection: http.client.HTTPConnection, path: str, body: bytes | None = None
) -> tuple[int, str]:
    connection.request("POST" if body else "GET", path, body)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@contextlib.contextmanager
def watched(port: int, viewers: int, seconds: int) -> Iterator[None]:
    """Viewers who report every 30 s, in all the protocols."""
    command = [sys.executable, "-m", "penonton", "simulate", "--no-wait-final"]
    command += ["--viewers", str(viewers), "--seconds", str(seconds)]
    command += ["--against", f"http://127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)


def busy(pid: int) -> dict[str, float]:
    """Seconds of CPU so far, by whose threads; a thread that ended is in neither."""
    spent = {OURS: 0.0, CHDB: 0.0}
    own = Path(f"/proc/{pid}/comm").read_text()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # it has just ended
            name = (task / "comm").read_text()
            spent[OURS if name == own else CHDB] += cpu(task / "stat")
    return spent


def cpu(stat: Path) -> float:
    """Seconds of CPU of a process or thread."""
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


def resident(pid: int) -> float:
    """MB of memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def accepted(port: int) -> float:
    metrics = asked(http.client.HTTPConnection("127.0.0.1", port), "/metrics")[1]
    counts = [line for line in metrics.splitlines() if line.startswith("penonton_reports_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in counts)


def probed(port: int, seconds: float) -> list[float]:
    """Seconds that single reports took to be answered, one after the other four times a second."""
    connection, took = http.client.HTTPConnection("127.0.0.1", port), []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.monotonic()
        asked(connection, "/v1/reports", PROBE)
        took.append(time.monotonic() - begun)
        time.sleep(0.25)
    return sorted(took)


def idle(pid: int) -> None:
    stat = Path(f"/proc/{pid}/stat")
    time.sleep(5)
    spent = cpu(stat)
    time.sleep(IDLE)
    share = (cpu(stat) - spent) / IDLE
    print(
        f"serve without viewers: {100 * share:.1f} % of one core, {resident(pid):.0f} MB resident"
    )


def measure(pid: int, port: int, seconds: float) -> None:
    stat = Path(f"/proc/{pid}/stat")
    reports, spent, threads, begun = accepted(port), cpu(stat), busy(pid), time.monotonic()
    answers = probed(port, seconds)
    passed = time.monotonic() - begun
    reports, spent = accepted(port) - reports, cpu(stat) - spent
    now = busy(pid)
    shares = ", ".join(f"{who} {100 * (now[who] - threads[who]) / passed:.1f} %" for who in now)
    print(f"  {reports / passed:.0f} reports/s accepted, over {passed:.0f} s")
    print(f"  CPU: {100 * spent / passed:.1f} % of one core ({shares})")
    print(f"  {1e6 * spent / reports:.0f} us of CPU a report, from the request to the figures")
    print(f"  memory: {resident(pid):.0f} MB resident")
    print(
        f"  answers once the report is on disk: {1e3 * statistics.median(answers):.0f} ms (half), "
        f"{1e3 * answers[int(len(answers) * 0.99)]:.0f} ms (99 %)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=VIEWERS)
    parser.add_argument("--seconds", type=int, default=120, help="how long it is measured")
    parser.add_argument("--data", help="a folder of data to use and to keep")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        data = options.data or stack.enter_context(tempfile.TemporaryDirectory(dir="."))
        pid, port = stack.enter_context(serving(data))
        idle(pid)
        stack.enter_context(watched(port, options.viewers, WARM_UP + options.seconds + 40))
        time.sleep(WARM_UP)
        print(f"{options.viewers:,} viewers reporting every 30 s; target: told, not set")
        measure(pid, port, options.seconds)


if __name__ == "__main__":
    main()
