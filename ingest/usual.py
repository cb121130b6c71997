"""The usual request in one step: our own JSON, one report with nothing wrong with it.

Nearly all requests are such, and the way by drafts and refusals takes them several times as long.
Whatever is unusual goes that way, and a test holds both to the same reports.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from audience.reports import Report
from audience.rules import Rules
from audience.states import State
from ingest.channels import Channels
from ingest.clock import AHEAD
from ingest.drafts import ID_LIMIT, SEQ_LIMIT, TEXT_LIMIT, interval_of, is_channel
from ingest.identity import Identity
from ingest.platforms import platform_of
from ingest.protocols.reading import UNREADABLE
from ingest.protocols.reports import NAME

_Id = Annotated[str, Meta(max_length=ID_LIMIT)]
_Text = Annotated[str, Meta(max_length=TEXT_LIMIT)]


class _Said(msgspec.Struct, gc=False):
    """A draft without what is unusual: the decoder itself holds its fields to their limits."""

    session: Annotated[_Id, Meta(min_length=1)]
    channel: str
    ts: int
    viewer: _Id = ""
    state: State | None = None
    playhead: float | None = None
    interval: float | None = None
    seq: Annotated[int, Meta(ge=0, le=SEQ_LIMIT - 1)] = 0
    platform: _Text = ""
    app: _Text = ""
    country: Annotated[str, Meta(max_length=0)] = ""


_decode: Final = msgspec.json.Decoder(_Said).decode

_PLAIN: Final = bytes(set(range(0x20, 0x7F)) - set(b"\\{["))
"""What printable text is written with, where nothing is escaped and nothing nested."""


class Usual:
    """Reads usual requests."""

    def __init__(self, rules: Rules, identity: Identity, channels: Channels) -> None:
        self._rules = rules
        self._identity = identity
        self._channels = channels

    def read(self, body: bytes | bytearray, received: int, platform: str) -> Report | None:
        """The report of a body in plain ASCII without content encoding; None: it is not usual.

        `received` in ms; `platform`: where the report names none.
        """
        if body.translate(None, _PLAIN) != b"{":
            return None
        try:
            said = _decode(body)
        except UNREADABLE:
            return None
        rules, session, viewer, playhead = self._rules, said.session, said.viewer, said.playhead
        if not (
            -AHEAD <= received - said.ts <= rules.lateness
            and said.channel in self._channels
            and is_channel(said.channel)  # the default channel is admitted unseen
        ):
            return None
        hashed = self._identity(session)
        return Report(
            t=said.ts,
            viewer=self._identity(viewer) if viewer else hashed,
            session=hashed,
            channel=said.channel,
            state=said.state,
            playhead=None if playhead is None or playhead < 0 else playhead + 0.0,
            interval=interval_of(said.interval, rules.max_interval),
            seq=said.seq,
            received=received,
            protocol=NAME,
            platform=platform_of(said.platform) if said.platform else platform,
            app=said.app,
        )
