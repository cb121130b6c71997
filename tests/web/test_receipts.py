"""A receipt as a page: each thing in words, what is not known as unknown, trouble to be read."""

import datetime as dt
from dataclasses import replace
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from audience.days import Day
from audience.figures import Figures
from audience.rules import Rules
from dashboards.web.app import pages
from dashboards.web.explaining import page
from dashboards.web.numbers import Change, DayFigures, Receipt
from dashboards.web.policy import Policy
from dashboards.web.words import Words
from sinks import definition
from tests.web.played import JAKARTA, NOON, PlayedNumbers

DAY = Day(dt.date(2026, 11, 25), JAKARTA)
EVIL = "<script>alert('x')</script>"
KNOWN = Receipt(
    day=DAY,
    figures=DayFigures("rcti", Figures(86_400, 21_420, NOON, 172_800, 33_552, 40_000), "final"),
    definition=1,
    heard=86_399,
    reports=1_234_567,
    late=12,
    replayed=0,
    refused=3,
    refused_elsewhere=2,
    ends={"reported": 3, "timeout": 1},
    query=definition.text(DAY, Rules(), "rcti"),
)
REACH = (
    "different devices with at least one second watched; not people, and never to be added over "
    "days or channels"
)
UNKNOWN = replace(
    KNOWN,
    heard=None,
    reports=None,
    late=None,
    replayed=None,
    refused=None,
    refused_elsewhere=None,
    ends=None,
    query=None,
)


class Reader(HTMLParser):
    """What a page says: its texts, by the id of what they are in too, and its links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str | None] = []
        self.tags: list[str] = []
        self.by_id: dict[str | None, str] = {}
        self._id: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._id = dict(attrs).get("id")
        self.links += [dict(attrs)["href"]] if tag == "a" else []

    def handle_endtag(self, _tag: str) -> None:
        self._id = None

    def handle_data(self, data: str) -> None:
        self.by_id[self._id] = self.by_id.get(self._id, "") + data
        if data.strip():
            self.texts.append(data.strip())

    def after(self, name: str) -> list[str]:
        """A thing's value and what it is."""
        place = self.texts.index(name)
        return self.texts[place + 1 : place + 3]


def read(receipt: Receipt, now: int = DAY.end + 300) -> Reader:
    return Reader(page(Words(receipt, now)))


@pytest.fixture
def numbers() -> PlayedNumbers:
    return PlayedNumbers(("rcti", "sctv"), second=NOON)


@pytest.fixture
def client(numbers: PlayedNumbers) -> TestClient:
    return TestClient(pages(numbers, lambda: NOON * 1000, Policy()))


def test_the_figures_stand_first_each_with_what_it_is() -> None:
    texts = read(KNOWN).texts
    start = texts.index("The figures")
    assert texts[start : start + 18] == [
        "The figures",
        "final",
        "These figures do not change by themselves.",
        "Most viewers at one second",
        "21,420",
        "25 November 2026, 19:03:07 WIB",
        "different devices watching in the same second; the first such second is named",
        "Reach",
        "33,552",
        REACH,
        "Average concurrent viewers",
        "2",
        "watch time divided by all 86,400 seconds of the day",
        "Watch time",
        "48 hours",
        "172,800 s: the viewers of each second, added up",
        "Sessions",
        "40,000",
    ]


def test_what_they_were_made_from_is_said_with_its_numbers() -> None:
    said = read(KNOWN)
    share, says = said.after("Completeness")
    assert (share, says.split(" all")[0]) == ("99.9%", "in 86,399 of the day's 86,400 seconds")
    assert said.after("Reports used")[0] == "1,234,567"
    assert said.after("Late reports")[0] == "12"
    refused = ["3", "refused while this day ran, and named this channel"]
    assert said.after("Refused reports") == refused
    elsewhere, says = said.after("Refused, channel not known")
    assert (elsewhere, "they may have been of this channel or not" in says) == ("2", True)
    assert said.after("Replayed reports")[0] == "0"
    silent, says = said.after("Sessions ended by silence")
    assert silent == "25.0%"
    assert says.startswith("of 4 times that a session stopped watching for good, 1 fell silent")
    assert "unknown" not in said.texts


def test_whose_day_it_is_and_from_when_to_when_is_said() -> None:
    said = read(KNOWN)
    assert "Wednesday, 25 November 2026" in said.texts
    assert said.after("Time zone")[0] == "Asia/Jakarta"
    first = ["25 November 2026, 00:00:00 WIB", "2026-11-24T17:00:00Z"]
    after = ["26 November 2026, 00:00:00 WIB", "2026-11-25T17:00:00Z"]
    assert said.after("First second") == first
    assert said.after("First second after it") == after
    assert said.after("Length")[0] == "86,400 s (24 hours)"
    assert said.after("Definition")[0] == "version 1"


def test_a_day_on_which_clocks_change_says_how_long_it_is() -> None:
    day = Day(dt.date(2026, 10, 25), ZoneInfo("Europe/Berlin"))
    said = read(replace(KNOWN, day=day))
    assert said.after("Length")[0] == "90,000 s (25 hours)"
    assert said.after("First second")[0] == "25 October 2026, 00:00:00 CEST"
    assert said.after("First second after it")[0] == "26 October 2026, 00:00:00 CET"


def test_what_is_not_known_is_unknown_and_never_zero() -> None:
    said = read(UNKNOWN)
    names = [
        "Completeness",
        "Reports used",
        "Late reports",
        "Refused reports",
        "Refused, channel not known",
        "Replayed reports",
        "Sessions ended by silence",
    ]
    assert [said.after(name)[0] for name in names] == ["unknown"] * 7
    assert said.texts.count("unknown") == 7
    assert "0" not in said.texts
    assert said.by_id["no-query"] == (
        "None: the reports of this day are not in storage, or not all of them are."
    )
    assert "pre" not in said.tags


def test_nothing_happened_is_zero_and_not_unknown() -> None:
    nobody = DayFigures("rcti", Figures.nobody(DAY), "final")
    said = read(replace(KNOWN, figures=nobody, late=0, refused=0, heard=0, ends={}))
    assert said.after("Late reports")[0] == said.after("Refused reports")[0] == "0"
    assert said.after("Completeness")[0] == "0.0%"
    assert said.after("Sessions ended by silence")[0] == "none ended"
    assert said.after("Most viewers at one second") == ["0", "at no second: nobody watched"]
    assert "unknown" not in said.texts


@pytest.mark.parametrize(
    ("heard", "share"),
    [(86_400, "100.0%"), (86_399, "99.9%"), (87, "0.1%"), (86, "< 0.1%"), (0, "0.0%")],
)
def test_less_than_all_is_not_all_and_little_is_not_nothing(heard: int, share: str) -> None:
    assert read(replace(KNOWN, heard=heard)).after("Completeness")[0] == share


@pytest.mark.parametrize(("now", "over"), [(DAY.end - 1, False), (DAY.end, True)])
def test_a_day_that_is_not_over_says_so_of_all_that_grows(now: int, *, over: bool) -> None:
    running = replace(KNOWN, figures=replace(KNOWN.figures, status="provisional"))
    said = read(running, now)
    assert said.by_id["status"] == "provisional"
    assert ("The figures" if over else "The figures so far") in said.texts
    assert (said.after("Completeness")[0] == "99.9%") == over
    assert said.after("Average concurrent viewers")[1].endswith("those to come included") != over
    expected = "These figures may still change: reports are still expected."
    assert (expected in said.texts) == over
    assert any("counts what is stored when it runs" in text for text in said.texts)


def test_restatements_are_a_table_of_what_was_and_what_is() -> None:
    changes = [
        Change(DAY.end * 1000 + 999, "reach", 1_700, 33_552, "late reports"),
        Change(DAY.end * 1000, "peak_at", None, NOON, "reports from files", f"a {EVIL}"),
    ]
    restated = replace(KNOWN, figures=replace(KNOWN.figures, status="restated"), changes=changes)
    texts = read(restated).texts
    start = texts.index("Why") + 1
    at = "26 November 2026, 00:00:00 WIB"
    assert texts[start : start + 10] == [
        *("reach", "1,700", "33,552", at, "late reports"),
        *("time of the peak", "no figure", "25 November 2026, 19:03:07 WIB", at),
        f"reports from files: a {EVIL}",
    ]
    assert "A backfill computed this day again; what it changed is listed below." in texts
    assert "Nothing: no backfill has changed these figures." in read(KNOWN).texts


def test_the_query_can_be_copied_as_it_is() -> None:
    assert KNOWN.query is not None
    assert " <= " in KNOWN.query or " < " in KNOWN.query
    assert read(KNOWN).by_id["query"] == KNOWN.query


def test_a_name_is_text_and_nothing_else() -> None:
    # No such name passes the collector or the question; the page does not rely on it.
    query = definition.text(DAY, Rules(), EVIL)
    said = read(replace(KNOWN, figures=replace(KNOWN.figures, channel=EVIL), query=query))
    assert "script" not in said.tags
    assert said.by_id["query"] == query
    assert said.links[1] == (
        "../api/v1/days/2026-11-25/receipt?zone=Asia%2FJakarta"
        "&channel=%3Cscript%3Ealert%28%27x%27%29%3C%2Fscript%3E"
    )


def test_where_reports_were_erased_it_says_so_first() -> None:
    said = read(replace(KNOWN, query=None, erased=DAY.end * 1000))
    assert "erased on 26 November 2026, 00:00:00 WIB" in said.by_id["erased"]
    assert said.texts.index(said.by_id["erased"].strip()) < said.texts.index("The figures")
    assert said.after("Reports used")[1].endswith("erased ones are not among them")
    assert said.by_id["no-query"].startswith("None: reports of this day were erased")
    assert "erased" not in read(KNOWN).by_id


def test_the_command_is_one_that_a_shell_takes() -> None:
    of_any = replace(KNOWN, figures=replace(KNOWN.figures, channel="*"))
    command = "penonton explain 2026-11-25 '*' --zone Asia/Jakarta"
    assert read(of_any).by_id["command"] == command


def test_of_anything_it_says_what_star_adds_up() -> None:
    said = read(replace(KNOWN, figures=replace(KNOWN.figures, channel="*")))
    assert "Receipt: anything (*)" in said.texts
    assert said.after("Refused reports")[1].endswith("of any channel, or of none there is")
    assert said.after("Refused, channel not known")[1].endswith("among the refused reports above")


def test_of_a_kind_it_says_that_several_channels_are_meant() -> None:
    said = read(replace(KNOWN, figures=replace(KNOWN.figures, channel="*tv")))
    assert "Receipt: any tv channel (*tv)" in said.texts
    assert said.after("Refused reports")[1].endswith("and named a channel of this kind")
    assert said.after("Refused, channel not known")[1].endswith("they may have been of it or not")


def test_a_date_that_the_zone_left_out_is_complete_in_no_way() -> None:
    day = Day(dt.date(2011, 12, 30), ZoneInfo("Pacific/Apia"))
    nobody = DayFigures("rcti", Figures.nobody(day), "final")
    said = read(replace(KNOWN, day=day, figures=nobody, heard=0))
    assert said.after("Completeness") == ["no seconds", "The zone left this date out."]
    assert said.after("Length")[0] == "0 s (0 hours)"


def test_it_is_asked_by_day_zone_and_channel_and_kept_by_nobody(client: TestClient) -> None:
    answer = client.get("/receipt/2026-11-24?zone=Europe/Berlin&channel=sctv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    said = Reader(answer.text)
    assert {"Receipt: sctv", "Tuesday, 24 November 2026", "Europe/Berlin"} <= set(said.texts)
    live, json = said.links
    assert live == "../"
    told = client.get(f"/receipt/{json}").json()
    assert (told["figures"]["zone"], told["figures"]["channel"]) == ("Europe/Berlin", "sctv")


def test_it_does_with_what_the_pages_policy_allows(client: TestClient) -> None:
    answer = client.get("/receipt/2026-11-25")
    policy = client.get("/").headers["content-security-policy"]
    assert answer.headers["content-security-policy"] == policy
    assert not {"script", "style", "img", "form"} & set(Reader(answer.text).tags)
    assert "style=" not in answer.text
    assert "://" not in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("today", 400),
        ("2026W485", 400),
        ("2026-11-25?zone=Mars", 400),
        ("2026-11-25?channel=%3Cscript%3E", 400),
        ("2026-11-25?channel=none", 404),
        ("2027-01-01", 404),
    ],
)
def test_trouble_is_answered_as_the_api_does_but_to_be_read(
    client: TestClient, path: str, status: int
) -> None:
    day, _, asked = path.partition("?")
    api = client.get(f"/api/v1/days/{day}/receipt?{asked}")
    answer = client.get(f"/receipt/{path}")
    assert (answer.status_code, api.status_code) == (status, status)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    said = Reader(answer.text)
    assert said.by_id["sentence"].lower() == f"{api.json()['error']}.".lower()
    assert "script" not in said.tags


def test_what_cannot_be_read_now_says_when_to_ask_again(
    client: TestClient, numbers: PlayedNumbers
) -> None:
    numbers.storage = False
    answer = client.get("/receipt/2026-11-25")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    texts = Reader(answer.text).texts
    assert texts[-3:] == ["Not now", "The storage does not answer.", "Try again in 7 s."]


def test_the_served_report_links_each_day_it_names_to_its_receipt(client: TestClient) -> None:
    report = Reader(client.get("/report?month=2026-11&language=en&zone=Europe/Berlin").text)
    assert "A day or a time that is a link opens its receipt." in report.texts
    of_any = "?zone=Europe%2FBerlin&channel=*"
    days = {f"receipt/2026-11-{day:02}{of_any}" for day in range(1, 26)}
    assert days <= set(report.links)
    assert any((link or "").endswith("channel=rcti") for link in report.links)
    assert {client.get(f"/{link}").status_code for link in set(report.links)} == {200}
