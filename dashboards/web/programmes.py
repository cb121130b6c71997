"""What is on, and who watched it: the part of the API that is about programmes."""

from collections.abc import Callable, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from audience.programmes import Programme
from dashboards.web import questions, replies
from dashboards.web.answers import CountedProgramme, ProgrammeAnswer, ProgrammesAnswer
from dashboards.web.calendar import Calendar, Counted
from dashboards.web.instants import written
from dashboards.web.numbers import AskAgain


class Programmes:
    """Answers questions about a calendar; `clock` gives ms since the epoch."""

    def __init__(self, calendar: Calendar, clock: Callable[[], int]) -> None:
        self._calendar = calendar
        self._clock = clock
        self._counting = False

    def routes(self) -> list[Route]:
        """Where they are asked."""
        return [
            Route("/api/v1/programmes", self.programmes),
            Route("/api/v1/programmes/{channel}/{start}", self.counted),
        ]

    async def programmes(self, request: Request) -> Response:
        """What is on in a stretch of time."""
        query = request.query_params
        channel = questions.channel(query) if query.get("channel") else ""
        first, end = questions.season(query, self._clock() // 1000)
        found = await self._calendar.programmes(channel, first, end)
        # A week of many channels is composed where it holds up nobody's stream.
        return await run_in_threadpool(lambda: replies.json(ProgrammesAnswer(_said(found))))

    async def counted(self, request: Request) -> Response:
        """The figures of what begins on a channel at an instant."""
        channel = questions.channel(request.path_params)
        start = questions.instant("start", request.path_params["start"])
        if self._counting:
            message = "the figures of another programme are being computed"
            raise AskAgain(message, seconds=2)
        self._counting = True  # they read every report of the programme: one after the other
        try:
            found = await self._calendar.counted(channel, start)
        finally:
            self._counting = False
        if not found:
            message = f"the calendar has nothing that begins on {channel} at {written(start)}"
            raise HTTPException(404, message)
        return replies.json([composed(each) for each in found])


def _said(found: Sequence[Programme]) -> list[ProgrammeAnswer]:
    return [
        ProgrammeAnswer(
            channel=each.channel,
            title=each.title,
            start=written(each.start),
            end=written(each.end),
            special=each.special,
            source=each.source,
        )
        for each in found
    ]


def composed(counted: Counted) -> CountedProgramme:
    """The figures of a programme as they are answered."""
    each, figures = counted.programme, counted.figures
    return CountedProgramme(
        channel=each.channel,
        title=each.title,
        start=written(each.start),
        end=written(each.end),
        special=each.special,
        source=each.source,
        status=counted.status,
        until=None if counted.until is None else written(counted.until),
        average_viewers=figures.average_viewers if figures else None,
        peak_viewers=figures.peak_viewers if figures else None,
        peak_at=written(figures.peak_at) if figures and figures.peak_at is not None else None,
        watch_seconds=figures.watch_seconds if figures else None,
        reach=figures.reach if figures else None,
        sessions=figures.sessions if figures else None,
    )
