"""A reader of RFC 8941 dictionaries, as far as CMCD needs them, and a little more forgiving.

Players write integers longer than 15 digits, keys with capitals and text beyond ASCII, and a value
that nobody reads must not cost the report. Byte sequences stay as written.
"""

import re
from typing import Final

Item = str | int | float | bool

_BARE: Final = (
    r'"(?:[^"\\\x00-\x1f\x7f]|\\["\\])*"'  # string
    r"|-?\d{1,30}(?:\.\d{1,30})?"  # integer, decimal
    r"|\?[01]"  # boolean
    r"|:[A-Za-z0-9+/=]*:"  # byte sequence
    r"|[A-Za-z*][^\s\"(),;=\\\x00-\x1f\x7f]*"  # token
)
_KEY: Final = r"[A-Za-z*][A-Za-z0-9_.*-]*"
_PARAMETERS: Final = rf"(?:;[ ]*{_KEY}(?:=(?:{_BARE}))?)*"
_LIST: Final = rf"\([ ]*(?:(?:{_BARE}){_PARAMETERS}(?:[ ]+|(?=\))))*\)"
_MEMBER: Final = re.compile(
    rf"({_KEY})(?:=(?:({_BARE})|({_LIST})))?{_PARAMETERS}[ \t]*(?:,[ \t]*|\Z)"
)
_FIRST: Final = re.compile(rf"\([ ]*({_BARE})")
_ESCAPED: Final = re.compile(r'\\(["\\])')


def read(text: str) -> dict[str, Item]:
    """The members of a dictionary, the last of each name; of an inner list its first item.

    Raises ValueError where the text is no dictionary. Strings and tokens are both `str`.
    """
    members: dict[str, Item] = {}
    at, text = 0, text.strip()
    while at < len(text):
        member = _MEMBER.match(text, at)
        if member is None:
            message = f"no dictionary member at character {at}"
            raise ValueError(message)
        key, bare, several = member.groups()
        first = _FIRST.match(several) if several else None
        members[key] = _item(first[1] if first else bare)
        at = member.end()
    return members


def _item(bare: str | None) -> Item:
    if bare is None:  # a key alone is true; nobody asks for an item of an empty list
        return True
    if bare[0] == '"':
        return _ESCAPED.sub(r"\1", bare[1:-1])
    if bare[0] == "?":
        return bare == "?1"
    if bare[0] in "-0123456789":
        return float(bare) if "." in bare else int(bare)
    return bare
