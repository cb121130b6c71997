"""Small worlds made by hand."""

from penonton.simulate.habits import HABITS, Protocol
from penonton.simulate.people import Moment, Playback, Player, Visit

AT = 1_800_000_000_000


def player(protocol: Protocol = "json", *, offset: int = 0, drift: float = 0.0) -> Player:
    return Player(
        viewer="viewer-1",
        protocol=protocol,
        platform="web",
        app="presisi-1.0",
        interval=HABITS[protocol].interval or 30_000,
        period=HABITS[protocol].period or 30_000,
        since=AT,
        offset=offset,
        drift=drift,
    )


def playback(
    *moments: Moment, end: int, farewell: str | None = "quit", session: str = "s"
) -> Playback:
    shifted = tuple(moment._replace(at=AT + moment.at) for moment in moments)
    return Playback(session, shifted, AT + end, farewell)  # type: ignore[arg-type]


def visit(*screens: tuple[Playback, ...], by: Player | None = None) -> Visit:
    first = min(each.start for screen in screens for each in screen)
    last = max(each.end for screen in screens for each in screen)
    return Visit(by or player(), first, last, screens)
