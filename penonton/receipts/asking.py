"""Where a receipt comes from: the storage, or a server that is asked over HTTP."""

import contextlib
import datetime as dt
import urllib.error
import urllib.parse
import urllib.request
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from dashboards.web.answers import Error
from dashboards.web.receipts import ReceiptAnswer, answer
from penonton.receipts.assembling import Receipts
from penonton.settings import Settings
from penonton.storage import engine, exists
from sinks.engine import Retry, Stop
from sinks.store import Store

PATIENCE: Final = 60  # s; counting the reports of a large day takes some


class Unknown(Exception):
    """There are no figures of that day and channel."""


class Unreachable(Exception):
    """The storage, or the process that has it open, must be reached first; the message says how."""


def read(
    settings: Settings, date: dt.date, zone: ZoneInfo, channel: str, now: int
) -> ReceiptAnswer:
    """The receipt from the storage, beside whoever counts; `now` in ms.

    Raises Unknown and Unreachable.
    """
    if not exists(settings):
        message = f"there is no storage in {settings.data}: name its folder with --data"
        raise Unreachable(message)
    try:
        with contextlib.closing(engine(settings)) as storage:
            receipts = Receipts(
                Store(storage), settings.rules, settings.retention_months, lambda: now
            )
            receipt = receipts.receipt(date, zone, channel)
    except (Retry, Stop) as error:
        raise Unreachable(str(error)) from error
    if receipt is None:
        message = f"no figures are kept of {channel} on {date} in {zone.key}"
        raise Unknown(message)
    return answer(receipt)


def ask(url: str, date: dt.date, zone: ZoneInfo, channel: str) -> ReceiptAnswer:
    """The receipt from a server. Raises Unknown and Unreachable."""
    query = urllib.parse.urlencode({"zone": zone.key, "channel": channel})
    address = f"{url}/api/v1/days/{date.isoformat()}/receipt?{query}"
    try:
        # The address is the caller's own word, and what it names is only read.
        with urllib.request.urlopen(address, timeout=PATIENCE) as response:  # noqa: S310 - as above
            answered = response.read()
        return msgspec.json.decode(answered, type=ReceiptAnswer)
    except urllib.error.HTTPError as error:
        raise Unknown(_said(error)) from error
    except (OSError, ValueError, msgspec.DecodeError) as error:
        message = f"{url} does not answer with a receipt: {error}; is it a serve's or worker's?"
        raise Unreachable(message) from error


def _said(error: urllib.error.HTTPError) -> str:
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(error.read(), type=Error).error
    return f"the server answers {error.code}"
