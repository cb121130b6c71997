"""The log against a model: whatever a crash leaves of an unanswered append, all else is there."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ingest.log.local import LocalLog, Roll
from ingest.log.reading import Reader, segments
from ingest.log.records import Entry
from tests.log.made import entry

sizes = st.lists(st.integers(0, 300), min_size=1, max_size=4)


class Crashes(RuleBasedStateMachine):
    """`kept`: the payloads that must be read, in order."""

    @initialize(size=st.sampled_from([1, 500, 10**9]))
    def begin(self, size: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.roll = Roll(size=size)
        self.kept: list[bytes] = []
        self.made = 0
        self.log = LocalLog(self.folder, self.roll)

    def teardown(self) -> None:
        self.log.close()
        shutil.rmtree(self.folder)

    def entries(self, sizes: list[int]) -> list[Entry]:
        self.made += len(sizes)
        return [
            entry(f"{self.made - n} ", received=self.made - n, size=size)
            for n, size in enumerate(sizes, start=1)
        ]

    @rule(sizes=sizes)
    def append(self, sizes: list[int]) -> None:
        entries = self.entries(sizes)
        self.log.append(entries)
        self.kept += [e.payload for e in entries]

    @rule()
    def reopen(self) -> None:
        self.log.close()
        self.log = LocalLog(self.folder, self.roll)
        assert self.log.torn_bytes == 0

    @rule(sizes=sizes, data=st.data())
    def crash_while_appending(self, sizes: list[int], data: st.DataObject) -> None:
        promised = self.log.end
        entries = self.entries(sizes)
        self.log.append(entries)
        self.log.close()
        newest = segments(self.folder)[-1]
        content = newest.path.read_bytes()
        answered = promised - newest.base
        left = harm(content[answered:], data)
        newest.path.write_bytes(content[:answered] + left)
        if answered == 0 and not left and data.draw(st.booleans(), "not even a name"):
            newest.path.unlink()

        self.log = LocalLog(self.folder, self.roll)
        assert self.log.torn_bytes == promised + len(left) - self.log.end
        found = [record.payload for record in self.log.read()]
        assert found[: len(self.kept)] == self.kept
        unharmed = iter([e.payload for e in entries])
        assert all(payload in unharmed for payload in found[len(self.kept) :])  # a subsequence
        self.kept = found

    @invariant()
    def everybody_reads_all_that_was_answered_once_and_in_order(self) -> None:
        for reader in (self.log, Reader(self.folder)):
            assert [record.payload for record in reader.read()] == self.kept

    @invariant()
    def the_end_is_where_the_last_record_ends(self) -> None:
        *_, end = [0, *(record.next for record in self.log.read())]
        assert end == self.log.end


def harm(data: bytes, draw: st.DataObject) -> bytes:
    """What a crash can leave of bytes never synced: any part, zeros after it, flipped bits."""
    whole = draw.draw(st.integers(0, len(data)), "whole bytes")
    zeros = draw.draw(st.integers(0, len(data) - whole), "zeros after them")
    left = bytearray(data[:whole] + bytes(zeros))
    if left:
        for position in draw.draw(st.lists(st.integers(0, len(left) - 1), max_size=3), "flipped"):
            left[position] ^= 1 << draw.draw(st.integers(0, 7))
    return bytes(left)


TestCrashes = Crashes.TestCase
TestCrashes.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)
