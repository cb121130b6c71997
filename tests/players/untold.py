"""The runs in which the player did not tell what the page saw, each with the reason.

All others are counted to within half an interval; a run that is so as well must not stand here.
"""

from collections.abc import Mapping
from typing import Final

from tests.recordings_replay import DASH_EVENTS, EPAS, HLS_EVENTS

UNTOLD: Final[Mapping[tuple[str, str], str]] = {
    (HLS_EVENTS, "batch5-abrupt"): "It sends five events at a time. Those it still held, the "
    "heartbeat at 5 s among them, were lost with the tab.",
    (HLS_EVENTS, "http-410"): "The server of the recording answered the first event 410, and "
    "hls.js sent no more. This collector never answers 410.",
    (DASH_EVENTS, "minimal-config-no-keys-default-interval"): "Without `enabledKeys`, dash.js "
    "sends neither `sid` nor `sta`: nobody knows whose events these are, all are refused.",
    (EPAS, "server-issued-session-id"): "Given no session id by its application, the SDK gets one "
    "in the answer to `init` and leaves it out of its events: they are refused.",
    (EPAS, "ended"): "The viewer plays it again from its end. Of that, the SDK says `playing` once "
    "and sends no more heartbeats.",
    (EPAS, "warning-then-fatal"): "The application called an error fatal, the SDK said `stopped`, "
    "and the video played on for 7 s.",
    (EPAS, "init-answer-204-empty"): "The server of the recording answered `init` with 204 and "
    "nothing in it, and the SDK sent no more. This collector answers with JSON.",
    (EPAS, "init-answer-200-empty-json-no-client-id"): "The server of the recording answered "
    "`init` without a session id, and the SDK sent no more. This collector issues one.",
    (EPAS, "init-500"): "The server of the recording answered `init` with 500, and the SDK sent "
    "no more.",
}
