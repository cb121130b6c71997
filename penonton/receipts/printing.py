"""A receipt on stdout: line by line to be read, or as the API sends it."""

from collections.abc import Iterator

import msgspec
from msgspec.structs import asdict

from dashboards.web.receipts import ReceiptAnswer
from penonton.output import Row

UNKNOWN = "unknown"


def as_json(receipt: ReceiptAnswer) -> str:
    """What the API sends."""
    return msgspec.json.encode(receipt).decode()


def rows(receipt: ReceiptAnswer) -> Iterator[Row]:
    """A row of what and value for each thing that is known, or is not."""
    said = asdict(receipt)
    figures, restatements = said.pop("figures"), said.pop("restatements")
    for name, value in asdict(figures).items():
        # Nobody watched: there is no such second, which is known.
        yield {"what": name, "value": "-" if value is None else value}
    query, erased = said.pop("query"), said.pop("reports_erased_at")
    for name, value in said.items():
        # Of no end there is no share, which is known.
        none = "-" if name == "ended_by_silence" and said["sessions_ended"] == 0 else UNKNOWN
        yield {"what": name, "value": none if value is None else value}
    if erased:
        yield {"what": "reports_erased_at", "value": f"{erased}: cannot be computed again"}
    for each in restatements:
        before = "nothing" if each.before is None else f"{each.before:.15g}"
        after = "nothing" if each.after is None else f"{each.after:.15g}"
        yield {
            "what": "restated",
            "value": f"{each.at} {each.figure} from {before} to {after}: {each.reason}"
            + (f" ({each.note})" if each.note else ""),
        }
    if query:
        for number, line in enumerate(query.splitlines()):
            yield {"what": "" if number else "query", "value": line}
    else:
        yield {"what": "query", "value": "none: not all of the reports are in storage"}
