"""The command `penonton`: arguments in, exit status out.

Data go to stdout, messages and progress to stderr. Status 0: done; 1: ran, and found something
wrong; 2: called wrongly. Each command imports its work when it is called, so that help and mistakes
are answered at once.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from penonton.backfill.command import backfill
from penonton.downloads.command import downloads
from penonton.forgetting.command import forget
from penonton.output import Format, show
from penonton.programmes.command import app as programmes
from penonton.quarantine.command import quarantine
from penonton.receipts.command import explain
from penonton.report.command import report
from penonton.settings import InvalidSetting, Settings, load
from penonton.simulate.command import simulate

app = typer.Typer(
    name="penonton",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    # A traceback that shows local variables would show keys and passwords.
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Counts who is watching, now and on any past day, exactly, and shows how it counted.",
    epilog="Settings come from PENONTON_... in the environment: docs/settings.md explains each.",
)

Data = Annotated[Path | None, typer.Option(help="Folder of all data. [PENONTON_DATA]")]
Host = Annotated[str | None, typer.Option(help="Address to listen on. [PENONTON_HOST]")]
Port = Annotated[int | None, typer.Option(help="Port to listen on. [PENONTON_PORT]")]
Form = Annotated[Format, typer.Option("--format", help="How the answer is written.")]


def main() -> None:
    """Run the command that `sys.argv` names, and exit with its status."""
    try:
        app(prog_name="penonton")
    except InvalidSetting as error:
        typer.echo(f"penonton: {error}", err=True)
        raise SystemExit(2) from error


def _settings(**overrides: object) -> Settings:
    return load(os.environ, **overrides)


def _version(wanted: bool) -> None:  # noqa: FBT001 - how typer calls it
    if wanted:
        from importlib.metadata import version

        typer.echo(version("penonton"))
        raise typer.Exit


@app.callback()
def _command(
    *,
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


@app.command()
def serve(
    data: Data = None,
    host: Host = None,
    port: Port = None,
    demo: Annotated[int, typer.Option(min=0, help="Simulated viewers to play against it.")] = 0,
) -> None:
    """Everything in one process: collector, counting, storage, live page, API, metrics."""
    settings = _settings(data=data, host=host, port=port)
    typer.echo("Starting; the first start compiles for some seconds.", err=True)
    try:
        from penonton.serve import serve as run

        status = run(settings, demo)
    except KeyboardInterrupt:  # stopped before it served: nothing to put away, nothing wrong
        status = 0
    raise typer.Exit(status)


@app.command()
def collect(data: Data = None, host: Host = None, port: Port = None) -> None:
    """Take reports into Kafka, and into a spool while it is away; any number of collectors may."""
    settings = _settings(data=data, host=host, port=port)
    if not settings.kafka:
        message = "PENONTON_KAFKA: a collector writes to Kafka; name its bootstrap servers"
        raise InvalidSetting(message)
    from penonton.collect import collect as run

    raise typer.Exit(run(settings))


@app.command()
def worker(data: Data = None, host: Host = None, port: Port = None) -> None:
    """Count partitions of Kafka's; any number of workers share them, one holds the totals."""
    settings = _settings(data=data, host=host, port=port)
    if not settings.kafka:
        message = "PENONTON_KAFKA: a worker counts what is in Kafka; name its bootstrap servers"
        raise InvalidSetting(message)
    from penonton.worker import work

    raise typer.Exit(work(settings))


app.command()(simulate)
app.command()(explain)
app.command()(forget)
app.add_typer(quarantine)
app.add_typer(downloads, name="downloads")
app.add_typer(programmes, name="programmes")
app.command()(report)


app.command()(backfill)


@app.command()
def migrate(data: Data = None) -> None:
    """Bring the storage's schema to this version, and what it keeps for how long to the settings.

    Safe to run twice.
    """
    settings = _settings(data=data)
    from penonton.storage import engine
    from sinks.engine import Retry, Stop
    from sinks.migrate import migrate as apply
    from sinks.retention import retain

    try:
        opened = engine(settings)
        for name in apply(opened):
            typer.echo(name)
        for table in retain(opened, settings.retention_months):
            typer.echo(f"{table}: kept for {settings.retention_months} months")
    except (Retry, Stop) as error:
        typer.echo(f"penonton: {error}", err=True)
        raise typer.Exit(1) from error


@app.command()
def topics(
    *,
    only_look: Annotated[bool, typer.Option("--check", help="Make nothing, only look.")] = False,
    form: Form = Format.table,
) -> None:
    """Make the topics in Kafka that are not there, and check those that are. Safe to run twice.

    Topics that are there are not changed: what is wrong with them is said, with status 1 if it
    would break the count.
    """
    settings = _settings()
    from penonton.checks import Verdict
    from penonton.cluster import COLUMNS, Refused
    from penonton.cluster import topics as run

    try:
        rows = [
            {"topic": name, "verdict": verdict.value, "message": message}
            for name, (verdict, message) in run(settings, only_look=only_look)
        ]
    except Refused as error:
        typer.echo(f"penonton: {error}", err=True)
        raise typer.Exit(1) from error
    show(rows, COLUMNS, form)
    raise typer.Exit(any(row["verdict"] == Verdict.bad for row in rows))


@app.command()
def doctor(data: Data = None, form: Form = Format.table) -> None:
    """Say what is wrong with this installation, and what to do about it."""
    from penonton.checks import Verdict
    from penonton.doctor import COLUMNS, examine

    findings = list(examine(os.environ, data))
    show((finding.row for finding in findings), COLUMNS, form)
    raise typer.Exit(any(finding.verdict is Verdict.bad for finding in findings))
