"""The log: encoding against msgspec's decode of the same reports as JSON lines, and group commit.

Judge the ratios: seconds depend on the machine and on who shares it.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import msgspec

from audience.reports import Report
from audience.states import STATES, State
from ingest.log.appending import stored
from ingest.log.durable import durable
from ingest.log.encoding import (
    columns,
    columns_from_json_lines,
    decode,
    encode,
    from_json_lines,
    to_json_lines,
)
from ingest.log.local import LocalLog
from ingest.log.packer import Packer

START = 1_760_000_000_000
MOST = 4_000
PLAYING: State = "playing"
OFTEN: list[State | None] = [*[PLAYING] * 30, *STATES, None]


def made(count: int, seed: int = 1) -> list[Report]:
    """Reports as a busy minute brings them."""
    some = random.Random(seed)
    return [
        Report(
            t=START + some.randrange(30_000),
            viewer=f"{some.getrandbits(128):032x}",
            session=f"{some.getrandbits(128):032x}",
            channel=f"channel-{some.randrange(50)}",
            state=some.choice(OFTEN),
            playhead=some.choice([None, some.random() * 10_000]),
            seq=some.randrange(1_000),
            received=START + some.randrange(30_000),
            protocol="json",
            platform=some.choice(["web", "android", "ios"]),
            app="tv 3.1.0",
            country="ID",
        )
        for _ in range(count)
    ]


def cost(run: Callable[[], object], reports: int) -> float:
    """CPU seconds a report, the best of several."""
    times = max(1, 20_000 // reports)
    best = float("inf")
    for _ in range(7):
        begun = time.thread_time()
        for _ in range(times):
            run()
        best = min(best, (time.thread_time() - begun) / times / reports)
    return best


def encoding(reports: list[Report]) -> None:
    count, decoder = len(reports), msgspec.json.Decoder(Report)
    record = encode(reports)
    batch = decode(record)
    lines = to_json_lines(batch)
    yardstick = cost(lambda: decoder.decode_lines(lines), count)
    print(
        f"{count} reports: {len(record) / count:.0f} bytes each, as JSON {len(lines) / count:.0f}"
    )
    print(f"  {'msgspec decode_lines':<28} {1e-6 / yardstick:8.2f} M/s")
    for name, run in {
        "record to columns": lambda: columns(decode(record)),
        "JSON lines to columns": lambda: columns_from_json_lines(lines, str),
        "JSON lines to batch": lambda: from_json_lines(lines, str),
        "reports to record": lambda: encode(reports),
        "batch to JSON lines": lambda: to_json_lines(batch),
    }.items():
        each = cost(run, count)
        print(f"  {name:<28} {1e-6 / each:8.2f} M/s, {yardstick / each:6.2f} of it")


async def closed_loop(packer: Packer, reports: list[Report], clients: int) -> int:
    """Clients that send one report at a time, and the next when it is answered."""
    end = time.monotonic() + 2

    async def client(number: int) -> int:
        sent = 0
        while time.monotonic() < end:
            await stored(packer, [reports[(number + sent) % MOST]])
            sent += 1
        return sent

    return sum(await asyncio.gather(*map(client, range(clients))))


async def open_loop(packer: Packer, reports: list[Report], rate: int) -> int:
    """Reports that come at `rate` a second whatever becomes of them."""
    begun, sent, waiting = time.monotonic(), 0, []
    while (now := time.monotonic()) < begun + 2:
        while sent < rate * (now - begun):
            waiting.append(stored(packer, [reports[sent % MOST]]))
            sent += 1
        await asyncio.sleep(0.001)
    await asyncio.gather(*waiting)
    return sent


def committing(title: str, drive: Callable[[Packer], Awaitable[int]]) -> None:
    async def run(log: LocalLog) -> int:
        packer = durable(log)
        sent = await drive(packer)
        await packer.close()
        return sent

    with tempfile.TemporaryDirectory(dir=".") as folder, LocalLog(Path(folder)) as log:
        wall, cpu = time.monotonic(), time.process_time()
        sent = asyncio.run(run(log))
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        records = sum(1 for _ in log.read())
        print(
            f"  {title:<28} {sent / wall:8.0f} reports/s, {sent / records:6.1f} a record, "
            f"{log.end / sent:5.0f} bytes and {1e6 * cpu / sent:5.1f} us CPU each"
        )


async def packing(reports: list[Report]) -> None:
    packer = Packer(lambda _: None)
    cpu = time.process_time()
    sent = await closed_loop(packer, reports, 512)
    cpu = time.process_time() - cpu
    await packer.close()
    print(f"  {'packer alone, 512 clients':<28} {1e6 * cpu / sent:8.2f} us CPU a report")


def main() -> None:
    reports = made(MOST)
    for count in (16, 500, MOST):
        encoding(reports[:count])
    print("group commit to the folder, one report an append")
    for clients in (1, 16, 64, 512):
        committing(f"{clients} clients", partial(closed_loop, reports=reports, clients=clients))
    for rate in (700, 5_000, 20_000):
        committing(f"open, {rate} a second", partial(open_loop, reports=reports, rate=rate))
    asyncio.run(packing(reports))


if __name__ == "__main__":
    main()
