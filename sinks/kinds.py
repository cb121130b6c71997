"""Kinds of channels as a parameter of a query."""

from collections.abc import Mapping

from audience.rules import of_kind


def kinds_text(kinds: Mapping[str, str]) -> str:
    """For `{kinds:String}`: `tv-1=*tv,radio-1=*radio`; neither name can hold `=` or a comma."""
    return ",".join(f"{channel}={of_kind(kind)}" for channel, kind in sorted(kinds.items()))
