"""A receipt: how a figure came about, as it is answered over HTTP and printed by the command."""

from typing import Annotated

import msgspec
from msgspec import Meta

from dashboards.web.answers import DayAnswer, Definition, Instant
from dashboards.web.composing import days
from dashboards.web.instants import written
from dashboards.web.numbers import Receipt

_Share = Annotated[float, Meta(ge=0, le=1)]
_Number = Annotated[int, Meta(ge=0)]


class RestatementAnswer(msgspec.Struct, frozen=True):
    """A figure that a backfill changed, or took from files."""

    at: Instant
    figure: str
    before: float | None
    after: float | None
    reason: str
    note: Annotated[str, Meta(description="What whoever ran it said of it, or the files' names")]


class ReceiptAnswer(msgspec.Struct, frozen=True):
    """How the figures of a day and channel (or `*`) came about. null: not known, never zero."""

    figures: DayAnswer
    definition: Definition
    seconds: Annotated[int, Meta(ge=0, description="In that day: 82,800, 86,400 or 90,000")]
    seconds_heard: Annotated[
        _Number | None, Meta(description="Those in which all partitions were heard")
    ]
    completeness: Annotated[
        _Share | None,
        Meta(description="seconds_heard / seconds; of a day that is not over, so far"),
    ]
    reports: Annotated[
        _Number | None,
        Meta(description="Stored reports of the day and channel, equal ones once; late ones too"),
    ]
    late_reports: Annotated[
        _Number | None, Meta(description="Came too late to be counted, until a backfill does")
    ]
    replayed_reports: Annotated[
        _Number | None, Meta(description="Were refused at first, and sent again from quarantine")
    ]
    refused_reports: Annotated[
        _Number | None, Meta(description="Refused while that day ran, and named this channel")
    ]
    refused_of_unknown_channel: Annotated[
        _Number | None,
        Meta(description="Refused while that day ran; named no channel there is. Part of *'s"),
    ]
    sessions_ended: Annotated[
        _Number | None, Meta(description="Times that a session stopped watching for good")
    ]
    ended_by_silence: Annotated[
        _Share | None,
        Meta(description="Share of these that fell silent instead of saying so"),
    ]
    query: Annotated[
        str | None,
        Meta(
            description="ClickHouse SQL that finds the figures again from the stored reports, late "
            "ones included; null where not all of these are there any more"
        ),
    ]
    restatements: list[RestatementAnswer]
    reports_erased_at: Annotated[
        Instant | None,
        Meta(description="Reports of this day were erased then: it cannot be computed again"),
    ]


def answer(receipt: Receipt) -> ReceiptAnswer:
    """The receipt as it is sent and printed."""
    day, heard, seconds = receipt.day, receipt.heard, len(receipt.day.seconds)
    ended = None if receipt.ends is None else sum(receipt.ends.values())
    (figures,) = days(day, [receipt.figures])
    return ReceiptAnswer(
        figures=figures,
        definition=receipt.definition,
        seconds=seconds,
        seconds_heard=heard,
        completeness=None if heard is None or not seconds else heard / seconds,
        reports=receipt.reports,
        late_reports=receipt.late,
        replayed_reports=receipt.replayed,
        refused_reports=receipt.refused,
        refused_of_unknown_channel=receipt.refused_elsewhere,
        sessions_ended=ended,
        ended_by_silence=receipt.ends.get("timeout", 0) / ended if receipt.ends and ended else None,
        query=receipt.query,
        restatements=[
            RestatementAnswer(
                written(each.at // 1000),
                each.figure,
                each.before,
                each.after,
                each.reason,
                each.note,
            )
            for each in receipt.changes
        ],
        reports_erased_at=None if receipt.erased is None else written(receipt.erased // 1000),
    )
