"""The consumer of the Faust app: Faust's own, and right where nothing is committed yet."""

from collections.abc import Mapping

from faust.transport.drivers import aiokafka
from faust.types import TP


class Consumer(aiokafka.Consumer):
    """Seeks every partition to what must be counted next.

    What arrives during a rebalance Faust drops, and then seeks back to what is committed. Where
    nothing is committed yet, Faust 0.15.3 seeks nowhere, and what it dropped is never delivered: in
    the first minutes of a topic, a partition of a worker that others join would not be counted.
    """

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """The committed offsets, None where there is none: then the partition begins anew."""
        committed = await super().seek_to_committed()
        for partition, offset in committed.items():
            if not offset:
                await self._thread.call_thread(self._begin, partition)
        return committed

    async def _begin(self, partition: TP) -> None:
        """In the thread of the client.

        From another one, as `self.seek` does it, what the client is about to hand over would be
        taken from its hands, and it would end with a KeyError.
        """
        # Where 0 is gone already, the broker's answer leads to the earliest that is left.
        self._thread.seek(partition, 0)
