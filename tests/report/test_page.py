"""The page: its words in both languages, and what it looks like to a browser."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from playwright.sync_api import Browser, Page

from dashboards.report import chart
from dashboards.report.contents import DayRow, Name
from dashboards.report.page import page
from dashboards.report.periods import Period
from dashboards.report.phrases import PHRASES, Language
from dashboards.report.speaking import Speaking
from penonton.downloads.days import AppDays
from penonton.downloads.exports import GOOGLE_PLAY, STORES
from sinks.downloads import AppDownloads
from tests.house.test_names import ROOT
from tests.report.test_figures import JAKARTA, day, reported

FOLDER = ROOT / "dashboards" / "report"
SEPTEMBER = Period.of_month("2026-09")
EVIL = '</style><script>alert(1)</script>"'


def made(language: Language) -> str:
    stored = [day(date, 1_020) for date in SEPTEMBER.days[:20] if date.day != 5]
    stored += [day(SEPTEMBER.days[20], 700, status="provisional")]
    stored += [day(date, 21_420, name) for date in SEPTEMBER.days[3:4] for name in ("*", "*tv")]
    downloads = {date: AppDownloads(EVIL, "", 5, None, 7) for date in SEPTEMBER.days}
    app = AppDays(GOOGLE_PLAY, EVIL, downloads)
    return page(reported(SEPTEMBER, stored, [app]), language)


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [
        (None, "tidak diketahui", "not known"),
        (0, "0", "0"),
        (0.001, "< 0,01", "< 0.01"),
        (0.01, "0,01", "0.01"),
        (0.996, "1", "1"),
        (1.18, "1,2", "1.2"),
        (21_420, "21.420", "21,420"),
        (1_234.56, "1.234,6", "1,234.6"),
    ],
)
def test_numbers_are_written_as_the_language_does_and_little_is_not_nothing(
    value: float | None, indonesian: str, english: str
) -> None:
    said = [Speaking(language, JAKARTA).number(value) for language in Language]
    assert said == [indonesian, english]


@pytest.mark.parametrize(
    ("share", "indonesian", "english"),
    [(None, "", ""), (-0.032, "-3,2%", "-3.2%"), (24.2, "+2.420,0%", "+2,420.0%")],
)
def test_changes_have_a_sign(share: float | None, indonesian: str, english: str) -> None:
    said = [Speaking(language, JAKARTA).percent(share) for language in Language]
    assert said == [indonesian, english]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", PHRASES)
def test_each_phrase_is_there_in_both_languages_with_the_same_places(key: str) -> None:
    phrase = PHRASES[key]
    assert phrase.id.strip()
    assert phrase.en.strip()
    assert places(phrase.id) == places(phrase.en)


def test_each_phrase_is_used() -> None:
    sources = [FOLDER / "page.html", *FOLDER.glob("*.py"), ROOT / "penonton/report/table.py"]
    text = "".join(path.read_text() for path in sources if path.name != "phrases.py")
    by_store = set(STORES)
    charts = {f"{name}_chart" for name in ("reach", "peak")}  # drawn("reach", ...)
    unused = {key for key in PHRASES if f'"{key.removesuffix("_says")}"' not in text}
    assert unused - by_store - charts == set()


def test_what_others_wrote_is_text_and_nothing_else() -> None:
    assert EVIL not in made(Language.en)
    assert "<script" not in made(Language.en)


def test_the_page_needs_nothing_from_elsewhere() -> None:
    assert re.findall(r"(?:src|href|url\()", made(Language.en)) == []


@pytest.fixture(params=Language)
def shown(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    file = tmp_path / "report.html"
    file.write_text(made(request.param))
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.goto(file.as_uri())
    yield page
    page.close()


def words(page: Page, selector: str) -> str:
    return re.sub(r"\n+", "\n", page.inner_text(selector))


def test_the_words_cannot_be_mistaken(shown: Page) -> None:
    text = words(shown, "body")
    reach = words(shown, '[data-figure="highest_reach"]')
    peak = words(shown, '[data-figure="highest_peak_viewers"]')
    if shown.get_attribute("html", "lang") == "id":
        assert "21.420\n4 September 2026\njumlah perangkat berbeda terbanyak" in reach
        assert "10.710\n4 September 2026, 12.00.00 WIB\nperangkat terbanyak yang men" in peak
        assert "Angka penonton berasal dari 19 dari 30 hari" in text
        assert "Sementara: Sen, 21 Sep." in text
        assert "Bukti perhitungan setiap angka: penonton explain HARI SALURAN." in text
    else:
        assert "21,420\n4 September 2026\nhighest number of different devices in one day" in reach
        assert "10,710\n4 September 2026, 12:00:00 WIB\nmost devices watching at the same" in peak
        assert "Audience figures are of 19 of 30 days" in text
        assert "Provisional: Mon, 21 Sep." in text
        assert "penonton explain DAY CHANNEL" in text


@pytest.mark.parametrize("width", [320, 390, 768, 1100])
def test_nothing_is_wider_than_the_screen(shown: Page, width: int) -> None:
    shown.set_viewport_size({"width": width, "height": 800})
    assert shown.evaluate("document.documentElement.scrollWidth") <= width


def test_it_prints_on_pages_of_a4_with_its_tables_as_tables(shown: Page) -> None:
    shown.set_viewport_size({"width": 688, "height": 1017})
    head = shown.locator(".wide thead")
    assert not head.is_visible(), "so narrow a screen has blocks"
    shown.emulate_media(media="print")
    assert head.is_visible()
    assert shown.evaluate("document.documentElement.scrollWidth") <= 688
    assert shown.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_the_charts_show_each_day_as_known_provisional_or_not_known(shown: Page) -> None:
    for n in (0, 1):
        figure = shown.locator("figure").nth(n)
        kinds = ("bar", "highest", "provisional", "unknown")
        assert [figure.locator(f"rect.{kind}").count() for kind in kinds] == [18, 1, 1, 10]


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ([21_420, None, 3], [0, 5_000, 10_000, 15_000, 20_000, 25_000]),
        ([11, 2, 3], [0, 5, 10, 15]),
        ([10, 2, 3], [0, 2, 4, 6, 8, 10]),
        ([1, 0, 1], [0, 1]),
        ([0, 0, 0], [0, 1]),
        ([None, None, None], [0, 1]),
    ],
)
def test_a_chart_is_as_high_as_its_highest_day_and_says_round_numbers(
    values: list[int | None], lines: list[int]
) -> None:
    first = dt.date(2026, 9, 1)
    rows = [DayRow(first + dt.timedelta(days=n), "final") for n in range(3)]
    made = chart.chart(rows, values)
    assert [line.value for line in made.lines] == lines
    assert all(chart.TOP <= bar.y <= chart.FLOOR for bar in made.bars)
    assert [bar.value for bar in made.bars if bar.highest] == [each for each in values if each][:1]


@pytest.mark.parametrize("name", get_args(Name))
def test_the_document_names_each_figure_in_both_languages(name: str) -> None:
    document = (ROOT / "docs" / "report.md").read_text()
    assert f"| `{name}` | {PHRASES[name].en} | {PHRASES[name].id} |" in document
