"""What Kafka does not take waits on disk, and goes to Kafka in order once it is back."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from audience.reports import Report
from ingest.log import spool as spooling
from ingest.log.appending import Retry
from ingest.log.reading import segments
from ingest.log.spool import Spool
from tests.log.made import report
from tests.waiting import until

MUCH = 10**9


class Kafka:
    """Stands in for brokers: keeps the `seq` of what it takes while it is not `away`."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.taken: list[int] = []

    def store(self, reports: Sequence[Report]) -> None:
        if self.away:
            message = "away"
            raise Retry(message)
        self.taken += [each.seq for each in reports]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooling, "AGAIN", 0.01)


def spooled(folder: Path, *seqs: int) -> None:
    """Leaves these in a spool, a record each."""
    spool = Spool(folder, Kafka(away=True).store, MUCH)
    for seq in seqs:
        spool.store([report(seq, received=1_000 + seq)])
    spool.close()


def drained(folder: Path) -> list[int]:
    """What comes out of a spool that is opened again."""
    kafka = Kafka()
    spool = Spool(folder, kafka.store, MUCH)
    until(lambda: not spool.waiting_bytes)
    spool.close()
    return kafka.taken


def newest(folder: Path) -> Path:
    return segments(folder)[-1].path


def refusing(error: str = "No space left on device") -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise OSError(28, error)

    return fail


def test_while_kafka_takes_reports_nothing_is_written(tmp_path: Path) -> None:
    kafka = Kafka()
    spool = Spool(tmp_path, kafka.store, MUCH)
    spool.store([report(1), report(2)])
    assert (kafka.taken, spool.waiting_bytes, spool.oldest) == ([1, 2], 0, None)
    assert not segments(tmp_path)
    spool.close()


def test_what_comes_while_kafka_is_away_reaches_it_in_order_and_then_it_goes_straight(
    tmp_path: Path,
) -> None:
    kafka = Kafka(away=True)
    spool = Spool(tmp_path, kafka.store, MUCH)
    for seq in range(20):
        spool.store([report(seq, received=1_000 + seq)])
    assert spool.waiting_bytes
    assert spool.oldest == 1_000
    kafka.away = False
    for seq in range(20, 40):  # behind what waits, or straight: never in front
        spool.store([report(seq, received=1_000 + seq)])
    until(lambda: not spool.waiting_bytes)
    spool.store([report(40)])
    assert kafka.taken == list(range(41))
    spool.close()


def test_what_waits_is_said_again_and_again_and_what_has_been_delivered_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kafka = Kafka(away=True)
    spool = Spool(tmp_path, kafka.store, MUCH)
    spool.store([report(1)])
    until(lambda: "reports go to the spool: away" in caplog.text)
    monkeypatch.setattr(spooling, "SAY", 0.0)
    caplog.clear()
    spool._silent_until = 0.0  # a minute later
    until(lambda: caplog.text.count("reports go to the spool: away") > 1)
    spool.close()


def test_what_is_drained_takes_no_room(tmp_path: Path) -> None:
    spooled(tmp_path, 1, 2, 3)
    assert newest(tmp_path).stat().st_size
    assert drained(tmp_path) == [1, 2, 3]
    until(lambda: sum(path.stat().st_size for path in tmp_path.glob("*.log")) == 0)


def test_a_restart_drains_what_waits_and_only_that(tmp_path: Path) -> None:
    spooled(tmp_path, 1, 2, 3)
    assert drained(tmp_path) == [1, 2, 3]
    assert drained(tmp_path) == []
    spooled(tmp_path, 4, 5)
    assert drained(tmp_path) == [4, 5]


def test_of_a_spool_whose_end_is_lost_all_before_it_is_drained(tmp_path: Path) -> None:
    spooled(tmp_path, *range(10))
    path = newest(tmp_path)
    path.write_bytes(path.read_bytes()[:-7])
    assert drained(tmp_path) == list(range(9))


@pytest.mark.parametrize("at", [0.0, 0.5, 0.999])
def test_a_flipped_bit_costs_the_record_it_is_in(tmp_path: Path, at: float) -> None:
    spooled(tmp_path, *range(10))
    path = newest(tmp_path)
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1
    path.write_bytes(content)
    found = drained(tmp_path)
    assert len(found) == 9
    assert found == sorted(set(found))


def test_what_is_written_over_a_lost_end_does_not_pass_for_drained(tmp_path: Path) -> None:
    spooled(tmp_path, *range(10))
    (tmp_path / "drained").write_text(f"{newest(tmp_path).stat().st_size}\n")
    path = newest(tmp_path)
    path.write_bytes(path.read_bytes()[:-7])
    spooled(tmp_path, 10)
    assert drained(tmp_path)[-1] == 10


def test_a_full_spool_takes_nothing_until_it_is_drained(tmp_path: Path) -> None:
    kafka = Kafka(away=True)
    spool = Spool(tmp_path, kafka.store, 1)
    spool.store([report(1)])
    assert spool.full
    with pytest.raises(Retry, match="full") as refused:
        spool.store([report(2)])
    assert refused.value.seconds > 1
    kafka.away = False
    until(lambda: not spool.waiting_bytes)
    spool.store([report(3)])
    assert kafka.taken == [1, 3]
    spool.close()


def test_where_neither_kafka_nor_the_disk_takes_them_the_client_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka = Kafka(away=True)
    spool = Spool(tmp_path, kafka.store, MUCH)
    with monkeypatch.context() as patch:
        patch.setattr("ingest.log.local.write", refusing())
        with pytest.raises(Retry, match="No space"):
            spool.store([report(1)])
    spool.store([report(2)])
    kafka.away = False
    until(lambda: not spool.waiting_bytes)
    assert kafka.taken == [2]
    spool.close()


def test_a_disk_too_full_to_keep_the_place_is_drained_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(tmp_path, 1, 2, 3)
    monkeypatch.setattr(Spool, "_remember", refusing())
    assert drained(tmp_path) == [1, 2, 3]
    until(lambda: newest(tmp_path).stat().st_size == 0)
