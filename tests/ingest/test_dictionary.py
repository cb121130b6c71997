from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.protocols.dictionary import read


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("", {}),
        ("su", {"su": True}),
        ("su,bs=?0", {"su": True, "bs": False}),
        ("br=3200 , d=4004\t,\trtp=15000", {"br": 3200, "d": 4004, "rtp": 15000}),
        ("pr=1.08,sn=-1", {"pr": 1.08, "sn": -1}),
        ('sid="6e2f"', {"sid": "6e2f"}),
        (r'cid="a \"b\" \\ c"', {"cid": r'a "b" \ c'}),
        ('cid="comma, semicolon; and = inside"', {"cid": "comma, semicolon; and = inside"}),
        ("sta=p,ot=av", {"sta": "p", "ot": "av"}),
        ("bl=(4000;v 3900;a)", {"bl": 4000}),
        ('nor=("chunk-2.m4s"),sta=r', {"nor": "chunk-2.m4s", "sta": "r"}),
        ("x=()", {"x": True}),
        ("x=1;a;b=2,y=3", {"x": 1, "y": 3}),
        ("x=:aGVsbG8=:", {"x": ":aGVsbG8=:"}),
        ("a=1,a=2", {"a": 2}),
        ('com.example-myKey="v"', {"com.example-myKey": "v"}),
        ("mtp=99999999999999999999", {"mtp": 99999999999999999999}),
        ('cid="Fünf"', {"cid": "Fünf"}),
    ],
)
def test_what_players_write_is_read(text: str, members: dict[str, object]) -> None:
    assert read(text) == members


@pytest.mark.parametrize(
    "text",
    [
        "=1",
        "a=",
        "a b",
        'a="open',
        'a="bad \\n escape"',
        'a="nul \x00"',
        'a="line\nfeed"',
        "a=(1 2",
        "a=1 b=2",
        ",",
        "a=1,,b=2",
        "1=a",
        '{"sid":"json"}',
        "a=" + "(" * 1_000,
        "a=" + "9" * 31,
    ],
)
def test_what_is_no_dictionary_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="no dictionary member at character"):
        read(text)


@given(st.text())
def test_any_text_is_read_or_an_error(text: str) -> None:
    with suppress(ValueError):
        assert all(isinstance(name, str) for name in read(text))


@pytest.mark.parametrize("piece", ["a", "(", ";a", "a=(1 ", 'a="\\"', ",", " ", "a;b=c;"])
def test_reading_time_grows_with_the_length_only(piece: str) -> None:
    # Would run for hours were any part of the pattern tried again for every other part.
    with suppress(ValueError):
        read("k=" + piece * 20_000)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z*][a-z0-9_.*-]{0,9}", fullmatch=True),
        st.integers(-(10**15) + 1, 10**15 - 1)
        | st.booleans()
        | st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    )
)
def test_what_is_written_by_the_standard_is_read_back(members: dict[str, object]) -> None:
    assert read(", ".join(f"{key}={_written(value)}" for key, value in members.items())) == members


def _written(value: object) -> str:
    if isinstance(value, bool):
        return f"?{value:d}"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
