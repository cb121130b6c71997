"""A run of `penonton simulate`: files, progress and messages, and the comparison at the end."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from audience.levels import Levels
from audience.rules import Rules, whole_second
from ingest.identity import Identity
from penonton.simulate.comparison import Comparison, compare
from penonton.simulate.counted import Unreadable, answering, counted, until_final
from penonton.simulate.playing import Played, Told, play_world
from penonton.simulate.posting import Answer, Tally, now
from penonton.simulate.recording import write_answer, write_levels, write_reports
from penonton.simulate.sendings import Sending
from penonton.simulate.stored import reports
from penonton.simulate.truth import Truth
from penonton.simulate.world import World

LEAD: Final = 500
"""How long, in ms, before a world begins: long enough to plan its first reports."""


@dataclass(frozen=True, slots=True)
class Run:
    """What to play, by which rules and key of ids the server counts, and the file of the truth."""

    world: World
    rules: Rules
    id_key: str
    truth: Path | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`wrong`: reports were refused or not answered, or the server did not say its levels."""

    comparisons: Sequence[Comparison]
    wrong: bool


def generate(asked: Run, to: Path) -> None:
    """Write the reports of a world that ends now, and its truth, without sending anything."""
    assert asked.world.seconds is not None
    began = now() - asked.world.seconds * 1000
    made, truth = reports(asked.world, began, asked.rules, Identity(asked.id_key))
    with to.open("w") as out:
        written = write_reports(made, out)
    if asked.truth is not None:
        with asked.truth.open("w") as out:
            write_levels(_true(truth, began, began + asked.world.seconds * 1000, asked.world), out)
    Console(stderr=True).print(f"{written} reports of {asked.world.viewers} viewers in {to}")


async def run(asked: Run, against: str, *, wait_final: bool) -> Outcome:
    """Play, then compare. Ctrl-C ends the play; a second one the wait for final seconds."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        # A mistyped address is told before it is played to.
        await answering(against)
        return await _run(asked, against, console, wait_final=wait_final)
    except Unreadable as error:
        console.print(str(error))
        return Outcome((), wrong=True)


async def _run(asked: Run, against: str, console: Console, *, wait_final: bool) -> Outcome:
    with ExitStack() as files:
        out = files.enter_context(asked.truth.open("w")) if asked.truth else None
        stop = asyncio.Event()
        with _interrupting(stop), _progress(console) as progress:
            played = await _play(asked, against, stop, out, progress)
        levels = _true(played.truth, played.began, played.ended, asked.world)
        if out is not None:
            write_levels(levels, out)
    console.print(summary(played))
    wrong = bool(played.tally.refused or played.tally.unanswered)
    return Outcome(await _compared(levels, against, console, wait_final=wait_final), wrong)


def summary(played: Played) -> str:
    """What was sent and answered, and how much the sender itself was late."""
    tally = played.tally
    lasted = max(1, played.ended - played.began) / 1000
    requests = tally.requests.total()
    refused = "".join(f", {reason}: {n}" for reason, n in sorted(tally.refused.items()))
    return (
        f"{requests} requests in {lasted:.0f} s ({requests / lasted:.0f}/s), "
        f"{tally.accepted} reports accepted, {tally.refused.total()} refused{refused}, "
        f"{tally.unanswered} not answered.\n"
        f"Sent later than due by {tally.delay(0.5)} ms (half), {tally.delay(0.99)} ms (99 %), "
        f"{tally.delay(1.0)} ms (most); playing took {100 * played.cpu:.0f} % of a core."
    )


async def _play(
    asked: Run, against: str, stop: asyncio.Event, out: TextIO | None, progress: Progress
) -> Played:
    identify = Identity(asked.id_key)
    counts = Tally()
    bar = progress.add_task("playing", total=asked.world.seconds)
    began = now() + LEAD

    def told(sending: Sending, answer: Answer) -> None:
        counts.accepted += len(sending.said) if answer.taken else 0
        passed = (answer.sent - began) / 1000
        progress.update(bar, completed=passed, description=f"{counts.accepted} reports taken")
        if out is not None:
            write_answer(sending, answer, out, asked.rules, identify)

    hears: Told = told
    return await play_world(asked.world, against, stop, began, hears)


async def _compared(
    truth: Levels, against: str, console: Console, *, wait_final: bool
) -> list[Comparison]:
    if wait_final:
        stop = asyncio.Event()
        with _interrupting(stop), _progress(console) as progress:
            waiting = progress.add_task("waiting for seconds to be final", total=None)

            def left(seconds: int) -> None:
                text = f"waiting: {seconds} of the last seconds are provisional"
                progress.update(waiting, description=text)

            await until_final(against, truth.first, truth.end, stop, left)
    found = await counted(against, truth.channels, truth.first, truth.end)
    return list(compare(truth, found))


def _true(truth: Truth, began: int, ended: int, world: World) -> Levels:
    # Whom the end cuts off is counted for a while yet: those seconds belong to the comparison.
    after = whole_second(ended + world.interval)
    return truth.levels(whole_second(began), after, whole_second(ended))


@contextmanager
def _interrupting(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
