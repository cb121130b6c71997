"""The API's description (OpenAPI 3.1), made from the structs that are sent."""

from typing import Any, Final

import msgspec
from msgspec.json import schema_components

from dashboards.web.answers import (
    CHANNEL,
    CountedProgramme,
    DayAnswer,
    Error,
    Health,
    HourAnswer,
    LevelsAnswer,
    Live,
    ProgrammesAnswer,
    Ready,
    Streamed,
)
from dashboards.web.receipts import ReceiptAnswer
from dashboards.web.shown import Shown

_Schema = dict[str, Any]

_STRUCTS: Final = (
    Live,
    Streamed,
    LevelsAnswer,
    HourAnswer,
    DayAnswer,
    ProgrammesAnswer,
    CountedProgramme,
    ReceiptAnswer,
    Shown,
    Health,
    Ready,
    Error,
)
_STRETCH: Final = (
    "ISO 8601 instant with an offset or Z; not more than 25 hours lie between from and to"
)


def description() -> bytes:
    """The description as JSON."""
    _, components = schema_components(_STRUCTS, ref_template="#/components/schemas/{name}")
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Penonton",
            "version": "1",
            "summary": "Who is watching, now and on any past day.",
            "description": "Each number says which it is: viewers are distinct devices watching "
            "at one second, sessions are playbacks, reach is the different devices of a day. The "
            "channel * counts watching anything; it is not the sum of the channels, since a device "
            "may watch several.",
        },
        "paths": _paths(),
        "components": {"schemas": components},
    }
    return msgspec.json.encode(document)


def _paths() -> _Schema:
    return {
        "/api/v1/live": _get(
            "Who is watching at the newest provisional second", _json("Live"), errors=[503]
        ),
        "/api/v1/stream": _get(
            "The live answer as server-sent events, one a second",
            _stream(),
            errors=[503],
        ),
        "/api/v1/levels": _get(
            "Viewers and sessions of every second with somebody watching",
            _json("LevelsAnswer"),
            [_channel(), _query("from", _STRETCH), _query("to", _STRETCH + "; itself excluded")],
            errors=[400, 503],
        ),
        "/api/v1/hour": _get(
            "The last hour as a page shows it", _json("HourAnswer"), [_channel()], errors=[400, 503]
        ),
        "/api/v1/days/{day}": _get(
            "The figures of a local day, one row a channel, * first",
            _json("DayAnswer", many=True),
            [_day(), _zone()],
            errors=[400, 404, 503],
        ),
        "/api/v1/programmes": _get(
            "What is on, of every channel where none is named",
            _json("ProgrammesAnswer"),
            [
                _channel(default=False),
                _query("from", "ISO 8601 instant; now when left out", required=False),
                _query("to", "ISO 8601 instant; a day after from when left out", required=False),
            ],
            errors=[400, 503],
        ),
        "/api/v1/programmes/{channel}/{start}": _get(
            "The figures of what begins on a channel at an instant: of one programme, as a rule",
            _json("CountedProgramme", many=True),
            [_channel(place="path"), _start()],
            errors=[400, 404, 503],
        ),
        "/api/v1/days/{day}/receipt": _get(
            "How the figures of a day and channel came about",
            _json("ReceiptAnswer"),
            [_day(), _zone(), _channel()],
            errors=[400, 404, 503],
        ),
        "/api/v1/shown/{channel}": _get(
            "The live number as everybody may be shown it: rounded and delayed",
            _json("Shown"),
            [_channel(place="path")],
            errors=[400],
        ),
        "/embed/{channel}": _get(
            "A page with the live number, to be framed",
            {"text/html": {"schema": {"type": "string"}}},
            [_channel(place="path")],
            errors=[400],
        ),
        "/healthz": _get("Whether the process answers", _json("Health")),
        "/readyz": _get("Whether the numbers can be relied on", _json("Ready"), unready=True),
    }


def _get(
    summary: str,
    content: _Schema,
    parameters: list[_Schema] | None = None,
    errors: list[int] | None = None,
    *,
    unready: bool = False,
) -> _Schema:
    responses = {"200": {"description": summary, "content": content}}
    responses |= {str(status): _error(status) for status in errors or []}
    if unready:
        responses["503"] = {"description": "Not yet", "content": content}
    return {"get": {"summary": summary, "parameters": parameters or [], "responses": responses}}


_ERRORS: Final = {
    400: "The question cannot be understood",
    404: "It is not known",
    503: "Not now; ask again after Retry-After seconds",
}


def _error(status: int) -> _Schema:
    error: _Schema = {"description": _ERRORS[status], "content": _json("Error")}
    if status == 503:  # noqa: PLR2004 - the one status with a header
        error["headers"] = {"Retry-After": {"schema": {"type": "string", "pattern": r"^\d+$"}}}
    return error


def _json(name: str, *, many: bool = False) -> _Schema:
    one = {"$ref": f"#/components/schemas/{name}"}
    return {"application/json": {"schema": {"type": "array", "items": one} if many else one}}


def _stream() -> _Schema:
    return {
        "text/event-stream": {
            "schema": {
                "type": "string",
                "description": "Messages whose data is a Streamed; before anything was counted, "
                "events named waiting whose data is a Ready.",
            },
        }
    }


def _channel(place: str = "query", *, default: bool = True) -> _Schema:
    schema = {"type": "string", "pattern": CHANNEL}
    if place == "path":
        return {"name": "channel", "in": place, "required": True, "schema": schema}
    asked = schema | {"default": "*"} if default else schema
    return {"name": "channel", "in": place, "schema": asked}


def _start() -> _Schema:
    schema = {"type": "string", "format": "date-time"}
    return {"name": "start", "in": "path", "required": True, "schema": schema}


def _query(name: str, text: str, *, required: bool = True) -> _Schema:
    schema = {"type": "string", "format": "date-time"}
    said = {"description": text, "schema": schema}
    return {"name": name, "in": "query", "required": required} | said


def _day() -> _Schema:
    schema = {"type": "string", "format": "date"}
    return {"name": "day", "in": "path", "required": True, "schema": schema}


def _zone() -> _Schema:
    text = "An IANA time zone; the first of PENONTON_ZONES when left out"
    return {"name": "zone", "in": "query", "description": text, "schema": {"type": "string"}}
