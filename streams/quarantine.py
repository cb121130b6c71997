"""What of the reports topic can be read, and where that goes which cannot."""

import logging
from collections import defaultdict, deque
from typing import Any, Final

from faust.types import TopicT

from audience.reports import Reports
from ingest.log.encoding import Reject
from ingest.log.topic import TopicRecord, columns_of_record
from streams.cluster import Cluster, Stop

JUDGED: Final = 100  # records of a partition that a flood of unreadable ones is seen in
_log = logging.getLogger(__name__)


class Quarantine:
    """Sets aside single records that cannot be read; a flood of them in one partition is a Stop.

    Each partition is judged by itself: what is good in others must not make up for it.
    """

    def __init__(self, cluster: Cluster, topic: TopicT) -> None:
        """`topic`: where they go, with the reason."""
        self.count = 0  # set aside since the start
        self._cluster = cluster
        self._topic = topic
        self._readable: defaultdict[int, deque[bool]] = defaultdict(lambda: deque(maxlen=JUDGED))

    async def reports_of(self, message: Any) -> Reports | None:  # noqa: ANN401 - faust's
        """The reports of a record; None: it could not be read and was set aside. Raises Stop."""
        cluster, partition = self._cluster, message.tp.partition
        record = TopicRecord(
            value=message.value or b"",
            content_type=dict(message.headers or ()).get("content-type", b"").decode("latin-1"),
            timestamp=int(message.timestamp * 1000),
            partition=partition,
        )
        try:
            reports = columns_of_record(
                record, cluster.partitions, cluster.rules.lateness, cluster.identify
            )
        except Reject as reject:
            self._readable[partition].append(False)
            await self._set_aside(message, str(reject))
            return None
        self._readable[partition].append(True)
        return reports

    async def _set_aside(self, message: Any, reason: str) -> None:  # noqa: ANN401 - faust's
        where = f"{message.tp.topic}/{message.tp.partition}@{message.offset}"
        judged = self._readable[message.tp.partition]
        unreadable = judged.count(False)
        if unreadable >= self._cluster.poison:
            text = (
                f"{unreadable} of the last {len(judged)} records of a partition cannot be read, "
                f"the last at {where}: {reason}. Find out who writes them; nothing was passed over "
                "for good. PENONTON_POISON says how many are taken for single mistakes"
            )
            raise Stop(text)
        headers = {**dict(message.headers or ()), "penonton-from": where.encode()}
        headers["penonton-reason"] = reason.encode()[:1000]
        sent = await self._topic.send(
            key=where.encode(), value=message.value or b"", headers=headers
        )
        await sent
        self.count += 1
        _log.warning("set aside %s: %s", where, reason)
