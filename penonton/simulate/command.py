"""`penonton simulate`: players with a known truth, and how well they were counted."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from penonton.output import Format, show
from penonton.settings import load
from penonton.simulate.habits import PROTOCOLS, Protocol

SIZES = typer.Option(min=1, help="Devices present at a time.")


def mix_of(text: str) -> dict[Protocol, float]:
    """Weights by protocol from `epas=20,json=80`, or `epas,json` for equal ones.

    Raises typer.BadParameter.
    """
    mix: dict[Protocol, float] = {}
    for part in text.split(","):
        name, _, weight = part.strip().partition("=")
        protocol = next((known for known in PROTOCOLS if known == name), None)
        try:
            amount = float(weight or 1)
        except ValueError:
            amount = 0.0
        if protocol is None or not 0 < amount < float("inf"):
            message = f"{part!r} is not NAME or NAME=WEIGHT with a name of {', '.join(PROTOCOLS)}"
            raise typer.BadParameter(message)
        mix[protocol] = amount
    return mix


def simulate(  # noqa: PLR0913 - each is an option
    *,
    viewers: Annotated[int, SIZES] = 100,
    against: Annotated[str | None, typer.Option(help="Address of the server to play to.")] = None,
    seconds: Annotated[
        int | None, typer.Option(min=1, help="How long; without it until Ctrl-C.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed plays the same world.")] = 1,
    truth: Annotated[
        Path | None, typer.Option(help="Write true levels and every report with its answer.")
    ] = None,
    reports: Annotated[
        Path | None,
        typer.Option(help="Write the reports a collector would store, and send nothing."),
    ] = None,
    lose: Annotated[float, typer.Option(min=0, max=1, help="Share of reports lost.")] = 0.0,
    die: Annotated[
        float, typer.Option(min=0, max=1, help="Share of visits that end without a word.")
    ] = 0.1,
    protocols: Annotated[
        str | None, typer.Option(help=f"Weights, like epas=20,json=80: {', '.join(PROTOCOLS)}.")
    ] = None,
    interval: Annotated[
        float, typer.Option(min=5, max=600, help="Seconds between reports.")
    ] = 30.0,
    wait_final: Annotated[
        bool, typer.Option(help="Compare only once every second is final.")
    ] = True,
    form: Annotated[Format, typer.Option("--format", help="How the answer is written.")] = (
        Format.table
    ),
) -> None:
    """Play simulated viewers with a known truth, and say how well they were counted.

    Every other viewer of the server counts as an error: use a server of its own.
    """
    if (against is None) == (reports is None):
        message = "give either --against URL or --reports FILE"
        raise typer.BadParameter(message)
    if reports is not None and seconds is None:
        message = "--reports needs --seconds"
        raise typer.BadParameter(message)
    mix = None if protocols is None else mix_of(protocols)
    settings = load(os.environ)
    # Help and mistakes are answered before anything heavy is imported.
    from penonton.simulate.comparison import COLUMNS, SHOWN  # noqa: PLC0415 - see above
    from penonton.simulate.running import Run, generate, run  # noqa: PLC0415 - the same
    from penonton.simulate.world import MIX, World  # noqa: PLC0415 - the same

    world = World(
        viewers,
        seconds=seconds,
        seed=seed,
        interval=round(interval * 1000),
        lose=lose,
        die=die,
        mix=mix or MIX,
    )
    asked = Run(world, settings.rules, settings.id_key or "", truth)
    if against is None:
        assert reports is not None
        generate(asked, reports)
        return
    outcome = asyncio.run(run(asked, against.rstrip("/"), wait_final=wait_final))
    if outcome.comparisons:
        columns = SHOWN if form is Format.table else COLUMNS
        show((comparison.row for comparison in outcome.comparisons), columns, form)
    raise typer.Exit(1 if outcome.wrong else 0)
