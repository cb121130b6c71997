import asyncio
import socket

from aiohttp import web

from penonton.simulate.people import Moment
from penonton.simulate.playing import play, play_world
from penonton.simulate.posting import NO_ANSWER, Answer, Tally, now, post
from penonton.simulate.sendings import Sending, sendings
from penonton.simulate.world import World
from tests.simulate.answering import Answering, serving
from tests.simulate.making import AT, playback, visit

CALM = World(1, duplicate=0.0, offline=0.0)
TAKEN = b'{"accepted":1,"rejected":[]}'


def due_now() -> list[Sending]:
    one = playback(Moment(0, "playing", "tv"), end=100)
    return [each._replace(due=now()) for each in sendings([visit((one,))], CALM)]


def taken(_: int, __: web.Request) -> web.Response:
    return web.Response(status=202, body=TAKEN)


async def posted(answering: Answering, planned: list[Sending]) -> tuple[Tally, list[Answer]]:
    tally, answers = Tally(), []

    def note(sending: Sending, answer: Answer) -> None:
        tally.note(sending, answer)
        answers.append(answer)

    async with serving(answering.answer) as address:
        await post(planned, address, asyncio.Event(), note)
    return tally, answers


def test_each_report_is_sent_and_its_answer_told() -> None:
    answering = Answering(taken)
    tally, answers = asyncio.run(posted(answering, due_now()))
    assert [answer.status for answer in answers] == [202, 202]
    assert (tally.accepted, tally.unanswered, tally.refused) == (2, 0, {})
    assert tally.delays.total() == len(answering.asked) == 2


def test_what_the_server_cannot_take_now_is_sent_again_unchanged_when_it_said() -> None:
    times: list[int] = []

    def busy_once(n: int, _: web.Request) -> web.Response:
        times.append(now())
        if n == 0:
            return web.Response(status=503, headers={"Retry-After": "1"})
        return web.Response(status=202, body=TAKEN)

    answering = Answering(busy_once)
    tally, answers = asyncio.run(posted(answering, due_now()[:1]))
    first, second = answering.asked
    assert first == second
    assert times[1] - times[0] >= 950
    assert [answer.status for answer in answers] == [202]
    assert tally.accepted == 1


def test_a_server_that_never_can_is_given_up_and_said_so() -> None:
    def busy(_: int, __: web.Request) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": "0"})

    answering = Answering(busy)
    tally, answers = asyncio.run(posted(answering, due_now()[:1]))
    assert len(answering.asked) == 6
    assert answers[0].status == 503
    assert (tally.accepted, tally.unanswered) == (0, 1)


def test_refused_reports_of_a_batch_are_told_apart() -> None:
    def choosy(_: int, __: web.Request) -> web.Response:
        refusal = b'{"accepted":1,"rejected":[{"index":1,"reason":"bad_time","message":"no"}]}'
        return web.Response(status=202, body=refusal)

    one, other = due_now()
    batch = one._replace(said=one.said + other.said)
    tally, answers = asyncio.run(posted(Answering(choosy), [batch]))
    assert answers[0].refused == ((1, "bad_time"),)
    assert (tally.accepted, tally.refused) == (1, {"bad_time": 1})


def test_a_mistake_without_a_reason_is_counted_by_its_status() -> None:
    tally, _ = asyncio.run(posted(Answering(lambda _, __: web.Response(status=404)), due_now()[:1]))
    assert tally.refused == {"http_404": 1}


def test_a_server_that_is_away_does_not_keep_the_stop_waiting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"http://127.0.0.1:{gone.getsockname()[1]}"
    answers: list[Answer] = []

    async def stopped() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.2, stop.set)
        await post(due_now()[:1], address, stop, lambda _, answer: answers.append(answer))

    asyncio.run(stopped())
    assert [answer.status for answer in answers] == [NO_ANSWER]


def test_nothing_is_sent_before_it_is_due() -> None:
    answering = Answering(taken)

    async def stopped() -> None:
        later = due_now()[0]._replace(due=now() + 3_600_000)
        stop = asyncio.Event()
        async with serving(answering.answer) as address:
            asyncio.get_running_loop().call_later(0.1, stop.set)
            await post([later], address, stop, lambda _, __: None)

    asyncio.run(stopped())
    assert answering.asked == []


def test_delays_say_which_share_of_requests_was_how_late() -> None:
    tally = Tally()
    for late in [0] * 98 + [7, 2_000]:
        tally.note(due_now()[0]._replace(due=AT), Answer(202, AT + late))
    assert [tally.delay(share) for share in (0.5, 0.98, 0.99, 1.0)] == [0, 0, 7, 2_000]
    assert Tally().delay(0.99) == 0


def test_a_world_is_played_to_its_end_with_the_truth_beside_it() -> None:
    answering = Answering(taken)

    async def played() -> None:
        async with serving(answering.answer) as address:
            began = now()
            world = World(20, 3, mix={"json": 1})
            it = await play_world(world, address, asyncio.Event(), began)
        assert it.tally.accepted == len(answering.asked) > 20
        assert it.truth.levels(began // 1000, began // 1000 + 4).viewers.max() > 5

    asyncio.run(played())


def test_the_endless_world_plays_until_it_is_stopped() -> None:
    answering = Answering(taken)

    async def played() -> None:
        stop = asyncio.Event()

        def enough(n: int, request: web.Request) -> web.Response:
            if n > 5:
                stop.set()
            return taken(n, request)

        answering.script = enough
        async with serving(answering.answer) as address:
            await play(2_000, address, 1, stop)

    asyncio.run(played())
    assert len(answering.asked) > 5
