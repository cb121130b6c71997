"""`penonton quarantine list|show|replay`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from penonton.output import Format, Row, show
from penonton.settings import InvalidSetting, Settings, load

quarantine = typer.Typer(
    name="quarantine",
    no_args_is_help=True,
    help="What was refused: read it, and send it again when the cause is mended.",
)

Data = Annotated[Path | None, typer.Option(help="Folder of all data. [PENONTON_DATA]")]
Form = Annotated[Format, typer.Option("--format", help="How the answer is written.")]
Topic = Annotated[
    bool, typer.Option("--topic", help="Of the cluster: records that workers could not read.")
]


@quarantine.command("list")
def list_(*, data: Data = None, topic: Topic = False, form: Form = Format.table) -> None:
    """List what was refused, oldest first: on this collector's disk, or in the cluster's topic."""
    settings = load(os.environ, data=data)
    from penonton.quarantine.showing import LISTED, listed  # noqa: PLC0415 - help comes first

    if topic:
        show(_of_topic(settings), LISTED, form)
        return
    from penonton.policy import quarantine_of  # noqa: PLC0415 - the same

    kept = quarantine_of(settings, make=False)
    show(listed(kept.entries(), kept.replayed()), LISTED, form)


@quarantine.command("show")
def show_(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="As `list` names it.")],
    *,
    data: Data = None,
    topic: Topic = False,
    form: Form = Format.table,
) -> None:
    """Show one whole; what cannot be printed is escaped."""
    settings = load(os.environ, data=data)
    from penonton.policy import quarantine_of  # noqa: PLC0415 - help comes first
    from penonton.quarantine.showing import SHOWN, shown  # noqa: PLC0415 - the same

    if topic:
        rows = _shown_of_topic(settings, wanted)
    else:
        kept = quarantine_of(settings, make=False)
        found = next((entry for name, entry in kept.entries() if name == wanted), None)
        replayed = wanted in kept.replayed()
        rows = [] if found is None else list(shown(wanted, found, replayed=replayed))
    if not rows:
        typer.echo(f"penonton: {wanted} is not in the quarantine; list it anew", err=True)
        raise typer.Exit(1)
    show(rows, SHOWN, form)


@quarantine.command()
def replay(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Default: all there is.")
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be taken, send nothing.")
    ] = False,
    data: Data = None,
    form: Form = Format.table,
) -> None:
    """Send what was refused through today's rules again; received stays when it was.

    `serve` or `collect` with the same data folder takes it within seconds, or when it is started.
    What comes too late to be counted live is in history once `penonton backfill` was run.
    """
    settings = load(os.environ, data=data)
    from penonton.policy import quarantine_of  # noqa: PLC0415 - help comes first
    from penonton.quarantine.replaying import COLUMNS  # noqa: PLC0415 - the same
    from penonton.quarantine.replaying import replay as run  # noqa: PLC0415 - the same

    kept = quarantine_of(settings, make=False)
    there = {name for name, _ in kept.entries()}
    if missing := [name for name in ids or () if name not in there]:
        typer.echo(f"penonton: not in the quarantine: {', '.join(missing)}", err=True)
        raise typer.Exit(1)
    show(list(run(settings, kept, ids or (), dry_run=dry_run)), COLUMNS, form)


def _of_topic(settings: Settings) -> list[Row]:
    _need_kafka(settings)
    from penonton.quarantine.topic import listed  # noqa: PLC0415 - a cluster's libraries

    return _asked(lambda: list(listed(settings)))


def _shown_of_topic(settings: Settings, wanted: str) -> list[Row]:
    _need_kafka(settings)
    from penonton.quarantine.topic import shown  # noqa: PLC0415 - a cluster's libraries

    return _asked(lambda: list(shown(settings, wanted)))


def _asked(look: Callable[[], list[Row]]) -> list[Row]:
    from kafka.errors import KafkaError  # noqa: PLC0415 - a cluster's libraries

    try:
        return look()
    except KafkaError as error:
        typer.echo(f"penonton: Kafka does not answer: {error!r}", err=True)
        raise typer.Exit(1) from error


def _need_kafka(settings: Settings) -> None:
    if not settings.kafka:
        message = "PENONTON_KAFKA: the topic is in Kafka; name its bootstrap servers"
        raise InvalidSetting(message)
