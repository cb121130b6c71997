"""What XMLTV and CSV files say, and which are refused, with the line."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience.programmes import Programme
from penonton.programmes import sheet, xmltv
from penonton.programmes.files import read
from penonton.programmes.reading import LONGEST, Reading, Unreadable, Wrong

JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")
NOON = 1_795_582_800  # 2026-11-25T12:00:00+07:00
OURS = Reading(JAKARTA, {"RCTI.id": "rcti"})


def file(folder: Path, text: str | bytes, name: str = "epg.xml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def listing(*programmes: str) -> str:
    lines = ['<?xml version="1.0"?>', '<!DOCTYPE tv SYSTEM "xmltv.dtd">', "<tv>", *programmes]
    return "\n".join([*lines, "</tv>"])


def programme(
    start: str = "20261125120000 +0700",
    stop: str = 'stop="20261125130000 +0700"',
    channel: str = "RCTI.id",
    inside: str = "<title>Berita</title>",
) -> str:
    return f'<programme start="{start}" {stop} channel="{channel}">{inside}</programme>'


def test_a_listing_is_read_with_its_titles_categories_and_offsets(tmp_path: Path) -> None:
    inside = (
        '<title lang="id">Berita\n  &amp; Siang</title><title lang="en">News</title>'
        '<category lang="en"> Special </category><category>News</category>'
    )
    radio = programme(channel="radio-1", start="202611250500", stop='stop="20261125060000 UTC"')
    found = read(file(tmp_path, listing(programme(inside=inside), radio)), OURS, "epg.xml")
    assert found == [
        Programme(NOON, "radio-1", "Berita", NOON + 3_600, source="epg.xml"),
        Programme(NOON, "rcti", "Berita & Siang", NOON + 3_600, special=True, source="epg.xml"),
    ]


def test_which_category_makes_a_special_can_be_told(tmp_path: Path) -> None:
    inside = "<title>Final</title><category>Sepak Bola</category>"
    path = file(tmp_path, listing(programme(inside=inside)))
    for specials, special in (({"special"}, False), ({"sepak bola"}, True)):
        reading = Reading(JAKARTA, OURS.channels, specials=frozenset(specials))
        assert [each.special for each in read(path, reading, "")] == [special]


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("20261125120000 +0700", NOON),
        ("20261125120000+0700", NOON),
        ("202611251200 +0700", NOON),
        ("20261125120001 +0700", NOON + 1),
        ("20261125050000", NOON),
        ("20261125050000 UTC", NOON),
        ("20261125050000 GMT", NOON),
        ("20261125050000 -0000", NOON),
        ("20261124233000 -0530", NOON),
        ("20261125104500 +0545", NOON),
    ],
)
def test_a_time_without_an_offset_is_utc_and_one_with_it_is_not(text: str, second: int) -> None:
    assert xmltv.second(text) == second


@given(at=st.integers(0, 2**32 - 1), ahead=st.integers(-14 * 60, 14 * 60))
def test_every_second_comes_back_whatever_the_offset(at: int, ahead: int) -> None:
    zone = dt.timezone(dt.timedelta(minutes=ahead))
    when = dt.datetime.fromtimestamp(at, zone)
    assert xmltv.second(when.strftime("%Y%m%d%H%M%S %z")) == at
    assert sheet.second(when.isoformat(), BERLIN) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20261125",
        "2026112512",
        "20261325120000",
        "20261125126000 +0700",
        "20261125120000 BST",
        "2026-11-25 12:00",
        "20261125120000 +07",
        "20261125120000 +0700x",
    ],
)
def test_what_is_no_time_to_the_minute_is_none(text: str) -> None:
    with pytest.raises(Wrong, match="no time"):
        xmltv.second(text)


def test_what_has_no_stop_ends_where_the_next_on_its_channel_begins(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        listing(
            programme(
                start="20261125130000 +0700",
                inside="<title>B</title>",
                stop='stop="20261125140000 +0700"',
            ),
            programme(stop="", inside="<title>A</title>"),
            programme(
                start="20261125123000 +0700", channel="other-1", stop='stop="20261125060000"'
            ),
        ),
    )
    ends = {each.title: each.end for each in read(path, OURS, "")}
    assert (ends["A"], ends["B"]) == (NOON + 3_600, NOON + 7_200)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (programme(stop=""), "no stop"),
        (programme(channel="SCTV.id"), r"channel 'SCTV.id' is none of ours: say --channel"),
        (programme(channel=""), "channel '' is none of ours"),
        (programme(inside=""), "no title"),
        (programme(inside="<title> \n</title>"), "no title"),
        (programme(inside=f"<title>{'x' * 301}</title>"), "a title of 301 characters"),
        (programme(stop='stop="20261125120000 +0700"'), "zero length"),
        (programme(stop='stop="20261125115959 +0700"'), "ends before it begins"),
        (programme(stop='stop="20261202120001 +0700"'), "longer than 7 days"),
        (programme(start="soon"), "'soon' is no time"),
        ("<programme>", "mismatched tag"),
        ("<title>&bomb;</title>", "undefined entity"),
    ],
)
def test_one_fault_refuses_the_file_and_its_line_is_named(
    tmp_path: Path, line: str, wrong: str
) -> None:
    good = programme(start="20261125090000 +0700", stop='stop="20261125100000 +0700"')
    with pytest.raises(Unreadable, match=rf"epg.xml, line [56]: .*{wrong}"):
        read(file(tmp_path, listing(good, line)), OURS, "epg.xml")


def test_the_longest_programme_is_taken(tmp_path: Path) -> None:
    path = file(tmp_path, listing(programme(stop='stop="20261202120000 +0700"')))
    assert [each.end - each.start for each in read(path, OURS, "")] == [LONGEST]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE tv [<!ENTITY a "b">]>\n<tv/>',
        '<!DOCTYPE tv [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n<tv>&a;</tv>',
        '<!DOCTYPE tv [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x.dtd"> %a;]>\n<tv/>',
    ],
)
def test_a_listing_that_declares_entities_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unreadable, match="line 1: it declares entities"):
        read(file(tmp_path, text), OURS, "")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("<rss></rss>", "line 1: XMLTV begins with <tv>"),
        ("<tv>", "line 1: not well-formed XML"),
        ('<?xml version="1.0" encoding="klingon"?><tv/>', "line 1: "),
        (b"<tv>\n\xff</tv>", "line 2: not well-formed XML"),
        ("", "line 1: no column channel"),
    ],
)
def test_what_is_no_listing_is_refused(tmp_path: Path, text: str | bytes, wrong: str) -> None:
    with pytest.raises(Unreadable, match=wrong):
        read(file(tmp_path, text), OURS, "")


def test_what_no_option_names_can_be_left_out_faults_and_all(tmp_path: Path) -> None:
    path = file(tmp_path, listing(programme(), programme(channel="SCTV.id", start="never")))
    reading = Reading(JAKARTA, OURS.channels, mapped_only=True)
    assert [each.channel for each in read(path, reading, "")] == ["rcti"]


def test_a_programme_that_is_there_twice_is_one_and_with_two_ends_a_fault(tmp_path: Path) -> None:
    assert len(read(file(tmp_path, listing(programme(), programme())), OURS, "")) == 1
    two = listing(programme(), programme(stop='stop="20261125140000 +0700"'))
    with pytest.raises(Unreadable, match="'Berita' on rcti is there twice"):
        read(file(tmp_path, two), OURS, "")


HEADINGS = "channel,title,start,end,special\n"


def test_a_sheet_is_read_in_the_zone_s_own_time(tmp_path: Path) -> None:
    text = (
        "\ufeffTitle;Channel;Start;End;Special\r\n"
        '"Konser; ""live""";RCTI.id;2026-11-25 12:00;2026-11-25T13:00:00+07:00;YES\r\n'
        "\r\n"
        "Pagi;radio-1;2026-11-25T05:00:00Z;2026-11-25 13:00:00;no\r\n"
    )
    assert read(file(tmp_path, text, "x.csv"), OURS, "x.csv") == [
        Programme(NOON, "radio-1", "Pagi", NOON + 3_600, source="x.csv"),
        Programme(NOON, "rcti", 'Konser; "live"', NOON + 3_600, special=True, source="x.csv"),
    ]


def test_a_sheet_need_not_speak_of_specials(tmp_path: Path) -> None:
    text = "channel,title,start,end\ntv,A,2026-11-25 12:00,2026-11-25 13:00\n"
    assert [each.special for each in read(file(tmp_path, text), OURS, "")] == [False]


@pytest.mark.parametrize("text", ["2026-03-29 02:30", "2026-10-25 02:30"])
def test_a_time_that_clocks_show_twice_or_never_must_have_its_offset(text: str) -> None:
    with pytest.raises(Wrong, match="twice or never in Europe/Berlin"):
        sheet.second(text, BERLIN)
    assert sheet.second(text + "+02:00", BERLIN) == sheet.second(text + "+01:00", BERLIN) - 3_600


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("channel,title,start\n", "line 1: no column end"),
        ("channel,title,start,end,spesial\n", "line 1: column 'spesial' is unknown"),
        ("channel,title,start,end,end\n", "line 1: column 'end' is unknown or there twice"),
        (HEADINGS + "tv,A,2026-11-25 12:00,2026-11-25 13:00\n", "line 2: 4 cells under 5"),
        (HEADINGS + "tv,A,noon,2026-11-25 13:00,\n", "line 2: 'noon' is no time"),
        (HEADINGS + "tv,A,2026-11-25 12:00,2026-11-25 12:00,\n", "line 2: zero length"),
        (HEADINGS + "tv,A,2026-11-25 12:00,2026-11-25 13:00,maybe\n", "line 2: special is 'maybe'"),
        (HEADINGS + "TV,A,2026-11-25 12:00,2026-11-25 13:00,\n", "line 2: channel 'TV' is none"),
        (HEADINGS + "tv,,2026-11-25 12:00,2026-11-25 13:00,\n", "line 2: no title"),
        (HEADINGS + "tv,A,1969-12-31 12:00,1969-12-31 13:00,\n", "line 2: not between 1970"),
        (HEADINGS + "\ntv,A,2026-11-25 12:00,2026-11-25 13:00,\ntv,\n", "line 4: 2 cells"),
        (HEADINGS + 'tv,"A', "line 2: unexpected end of data"),
        (HEADINGS.encode() + b"tv,\xff", "line 2: not UTF-8"),
    ],
)
def test_one_fault_refuses_the_sheet_and_its_line_is_named(
    tmp_path: Path, text: str | bytes, wrong: str
) -> None:
    with pytest.raises(Unreadable, match=wrong):
        read(file(tmp_path, text, "x.csv"), OURS, "x.csv")


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"gone\.xml: No such file"):
        read(tmp_path / "gone.xml", OURS, "")
