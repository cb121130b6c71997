"""The API of programmes: what it answers, and that the description says so."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.testclient import TestClient

from audience.figures import Figures
from audience.programmes import Programme
from dashboards.web.app import pages
from dashboards.web.calendar import Counted
from dashboards.web.numbers import AskAgain
from dashboards.web.policy import Policy
from dashboards.web.programmes import Programmes
from tests.web.played import NOON, PlayedNumbers
from tests.web.test_openapi import check, described

NEWS = Programme(NOON - 600, "rcti", 'Berita <b>"Malam"</b>', NOON + 600, source="epg.xml")
SPECIAL = Programme(NOON + 600, "sctv", "Konser", NOON + 4_200, special=True, source="x.csv")
FIGURES = Figures(300, 20, NOON - 400, 4_500, 30, 40)


class PlayedCalendar:
    """A calendar of two, that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int]] = []
        self.away = False

    async def programmes(self, channel: str, first: int, end: int) -> Sequence[Programme]:
        self._need_storage()
        self.asked.append((channel, first, end))
        return [NEWS, SPECIAL]

    async def counted(self, channel: str, start: int) -> Sequence[Counted]:
        self._need_storage()
        if (channel, start) == (NEWS.channel, NEWS.start):
            return [Counted(NEWS, "provisional", NOON - 300, FIGURES)]
        if (channel, start) == (SPECIAL.channel, SPECIAL.start):
            return [Counted(SPECIAL, "scheduled")]
        return []

    def _need_storage(self) -> None:
        if self.away:
            message = "the storage does not answer"
            raise AskAgain(message)


@pytest.fixture
def calendar() -> PlayedCalendar:
    return PlayedCalendar()


@pytest.fixture
def client(calendar: PlayedCalendar) -> TestClient:
    numbers = PlayedNumbers(second=NOON)
    return TestClient(pages(numbers, lambda: NOON * 1000, Policy(), calendar=calendar))


def test_what_is_on_is_told_in_order(client: TestClient) -> None:
    answer = client.get("/api/v1/programmes").json()["programmes"]
    assert answer[0] == {
        "channel": "rcti",
        "title": 'Berita <b>"Malam"</b>',
        "start": "2026-11-25T11:53:07Z",
        "end": "2026-11-25T12:13:07Z",
        "special": False,
        "source": "epg.xml",
    }
    assert [each["channel"] for each in answer] == ["rcti", "sctv"]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", ("", NOON, NOON + 86_400)),
        ("?channel=rcti", ("rcti", NOON, NOON + 86_400)),
        ("?from=2026-11-25T00:00:00%2B07:00", ("", 1_795_539_600, 1_795_626_000)),
        ("?from=2026-11-25T00:00:00Z&to=2026-12-03T00:00:00Z", ("", 1_795_564_800, 1_796_256_000)),
    ],
)
def test_a_day_from_now_on_is_asked_for_where_nothing_is_said(
    client: TestClient, calendar: PlayedCalendar, query: str, asked: tuple[str, int, int]
) -> None:
    assert client.get(f"/api/v1/programmes{query}").status_code == 200
    assert calendar.asked == [asked]


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("?channel=RCTI", 400, "channel must be"),
        ("?from=noon", 400, "from: 'noon' is not"),
        ("?from=2026-11-25T00:00:00Z&to=2026-11-25T00:00:00Z", 400, "to must lie after from"),
        ("?from=2026-11-25T00:00:00Z&to=2026-12-03T00:00:01Z", 400, "at most 8 days"),
        ("/rcti/noon", 400, "start: 'noon' is not"),
        ("/RCTI/2026-11-25T11:53:07Z", 400, "channel must be"),
        ("/rcti/2026-11-25T11:53:08Z", 404, "nothing that begins on rcti at 2026-11-25T11:53:08Z"),
    ],
)
def test_a_question_that_is_wrong_is_told_why(
    client: TestClient, address: str, status: int, said: str
) -> None:
    answer = client.get(f"/api/v1/programmes{address}")
    assert (answer.status_code, said in answer.json()["error"]) == (status, True)


def test_figures_name_how_far_they_reach(client: TestClient) -> None:
    (answer,) = client.get("/api/v1/programmes/rcti/2026-11-25T11:53:07Z").json()
    assert {name: answer[name] for name in list(answer)[6:]} == {
        "status": "provisional",
        "until": "2026-11-25T11:58:07Z",
        "average_viewers": 15.0,
        "peak_viewers": 20,
        "peak_at": "2026-11-25T11:56:27Z",
        "watch_seconds": 4_500,
        "reach": 30,
        "sessions": 40,
    }


def test_what_has_not_begun_has_no_figures_rather_than_zeros(client: TestClient) -> None:
    (answer,) = client.get("/api/v1/programmes/sctv/2026-11-25T12:13:07Z").json()
    assert answer["status"] == "scheduled"
    assert {answer[name] for name in list(answer)[7:]} == {None}


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/api/v1/programmes", "/api/v1/programmes"),
        (
            "/api/v1/programmes/{channel}/{start}",
            "/api/v1/programmes/rcti/2026-11-25T11:53:07Z",
        ),
        (
            "/api/v1/programmes/{channel}/{start}",
            "/api/v1/programmes/sctv/2026-11-25T12:13:07Z",
        ),
    ],
)
@pytest.mark.parametrize("away", [False, True])
def test_every_answer_is_as_described(
    client: TestClient, calendar: PlayedCalendar, path: str, address: str, *, away: bool
) -> None:
    calendar.away = away
    document = described(client)
    answer = client.get(address)
    assert answer.status_code == (503 if away else 200)
    responses = document["paths"][path]["get"]["responses"]
    content = responses[str(answer.status_code)]["content"]["application/json"]
    check(document, content["schema"], answer.json())


def test_a_process_that_stores_nothing_knows_of_nothing() -> None:
    client = TestClient(pages(PlayedNumbers(), lambda: 0, Policy()))
    assert client.get("/api/v1/programmes").json() == {"programmes": []}
    assert client.get("/api/v1/programmes/rcti/2026-11-25T11:53:07Z").status_code == 404


def test_one_programme_is_counted_at_a_time(calendar: PlayedCalendar) -> None:
    class Slow(PlayedCalendar):
        async def counted(self, channel: str, start: int) -> Sequence[Counted]:
            with pytest.raises(AskAgain, match="another programme"):
                await api.counted(request)  # type: ignore[arg-type] # as above
            return await calendar.counted(channel, start)

    class Asked:
        path_params = {"channel": "rcti", "start": "2026-11-25T11:53:07Z"}  # noqa: RUF012 - a stand-in

    request = Asked()
    api = Programmes(Slow(), lambda: NOON * 1000)
    assert asyncio.run(api.counted(request)).status_code == 200  # type: ignore[arg-type] # as above
    assert asyncio.run(api.counted(request)).status_code == 200  # type: ignore[arg-type] # as above
