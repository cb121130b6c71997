"""Why a report is refused: the player's answer, the metric's label, the documentation's table."""

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """A reason and the sentence that explains it to whoever sent the report. The set is bounded."""

    sentence: str

    def __new__(cls, label: str, sentence: str = "") -> Self:
        """A member is its label; the sentence comes along."""
        reason = str.__new__(cls, label)
        reason._value_ = label
        reason.sentence = sentence
        return reason

    EMPTY = "empty", "There is no report in the request."
    TOO_LARGE = "too_large", "The body, as sent or as inflated, is over the limit."
    TOO_MANY = "too_many_reports", "The body holds more reports than one request may."
    UNKNOWN_ENCODING = "unknown_encoding", "The content encoding is neither gzip nor identity."
    BAD_GZIP = "bad_gzip", "The body says it is gzip, but it does not inflate to its end."
    MALFORMED = "malformed", "This is not well-formed in the format of the endpoint."
    TOO_NESTED = "too_nested", "The report holds far more brackets than a flat object needs."
    NOT_AN_OBJECT = "not_an_object", "A report must be a JSON object."
    NO_SESSION = "no_session", "The report does not say which session it belongs to."
    BAD_SESSION = "bad_session", "The session must be text of 1 to 128 printable characters."
    BAD_VIEWER = "bad_viewer", "The viewer must be text of 1 to 128 printable characters."
    NO_CHANNEL = "no_channel", "Neither the report nor the address names a channel."
    BAD_CHANNEL = "bad_channel", "A channel must match [a-z0-9][a-z0-9._-]{0,63}."
    TOO_MANY_CHANNELS = (
        "too_many_channels",
        "The collector knows as many channels as it may; this one is new.",
    )
    UNKNOWN_STATE = "unknown_state", "The state is not one of those a player can name."
    UNKNOWN_EVENT = "unknown_event", "The event is not one of the EPAS events."
    BAD_TIME = "bad_time", "The time must be a number of milliseconds since the epoch."
    BAD_PLAYHEAD = "bad_playhead", "The playhead must be a finite number."
    BAD_INTERVAL = "bad_interval", "The interval must be a finite number of seconds."
    BAD_SEQ = "bad_seq", "The sequence number must be an integer from 0 to 2^63 - 1."
    BAD_TEXT = (
        "bad_text",
        "platform and app must be text of at most 64 printable characters, country two letters.",
    )


class Reject(Exception):
    """The whole request must be refused, for this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason
