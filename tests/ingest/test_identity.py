import re
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from ingest.identity import Identity


def test_an_empty_key_keeps_a_plain_hash() -> None:
    assert Identity("")("device-1") == blake2b(b"device-1", digest_size=16).hexdigest()


def test_a_key_changes_every_hash() -> None:
    keyed = blake2b(b"device-1", digest_size=16, key=b"secret").hexdigest()
    assert Identity("secret")("device-1") == keyed
    assert keyed != Identity("")("device-1")


def test_a_key_of_64_bytes_is_taken_as_it_is_and_a_longer_one_is_hashed_first() -> None:
    raw = "ä" * 32
    assert Identity(raw)("x") == blake2b(b"x", digest_size=16, key=raw.encode()).hexdigest()
    longer = blake2b(b"k" * 65).digest()
    assert Identity("k" * 65)("x") == blake2b(b"x", digest_size=16, key=longer).hexdigest()


def test_hashing_one_id_does_not_change_the_next() -> None:
    identity = Identity("secret")
    first = identity("a")
    identity("b")
    assert identity("a") == first


@given(st.text(st.characters()))
def test_any_text_becomes_32_hex_digits(raw: str) -> None:
    assert re.fullmatch("[0-9a-f]{32}", Identity("secret")(raw))
