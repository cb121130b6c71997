"""A report as a table for a terminal, and what must be read with it."""

from collections.abc import Iterator, Mapping
from typing import TextIO

from dashboards.report.contents import Figure, Report
from dashboards.report.notes import notes
from dashboards.report.phrases import Language
from dashboards.report.speaking import Speaking
from penonton.output import Format, show


def write(report: Report, language: Language, out: TextIO) -> None:
    """Writes it to `out`."""
    speaking = Speaking(language, report.zone)
    say = speaking.say
    out.write(f"{say('title')}: {speaking.period(report.period)}\n")
    out.write(f"{say('zone', zone=report.zone.key)}\n\n")
    names = ("of", "figure", "value", "when", "known", "period_before", "change")
    rows = [dict(zip(names, row, strict=True)) for row in _rows(report, speaking)]
    headed = [{say(name): cell for name, cell in row.items()} for row in rows]
    show(headed, [say(name) for name in names], Format.table, out)
    out.write("\n" + "".join(f"{note}\n" for note in notes(report, speaking)))


def _rows(report: Report, speaking: Speaking) -> Iterator[tuple[str, ...]]:
    for each in report.audience:
        for figure in each.figures:
            yield (speaking.channel(each.channel), *_cells(figure, {}, speaking))
    for app in report.downloads:
        for figure in app.told:
            since = {"since": speaking.day(app.since)} if figure.name == "total_downloads" else {}
            store = f"{speaking.say(app.store)} {app.app}"
            yield (store, *_cells(figure, since, speaking))


def _cells(figure: Figure, places: Mapping[str, str], speaking: Speaking) -> Iterator[str]:
    now, before = figure.now, figure.before
    yield f"{speaking.say(figure.name)}: {speaking.say(figure.name + '_says', **places)}"
    yield speaking.number(now.value)
    yield speaking.time(now.at) if now.at is not None else speaking.day(now.day) if now.day else ""
    yield speaking.say("known_of", known=now.known, days=now.days)
    yield f"{speaking.number(before.value)} ({before.known}/{before.days})"
    yield speaking.percent(figure.change)
