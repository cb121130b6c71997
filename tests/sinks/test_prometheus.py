"""What a scrape answers."""

import datetime as dt

import pytest
from prometheus_client.parser import text_string_to_metric_families

from audience.figures import Figures
from audience.snapshot import ChannelNow, Snapshot, Today
from sinks.metrics import FRESH_FOR, Metric
from sinks.prometheus import AudienceCollector, Facts, Share, exposition

NOW = 1_795_000_000_000
FACTS = Facts(
    accepted={("tv.1", "web", "cmcd"): 7, ("tv-2", "web", "cmcd"): 2},
    refused={("web", "epas", "no_channel"): 3},
    torn_records=1,
    received=NOW - 500,
    stored=NOW // 1000 - 250,
    scheduled={"tv.1": True, "tv-2": False},
    spool=4_096,
    spool_max=10_000_000,
    spooled=NOW - 7_500,
    disk_free=5_000_000_000,
    dropped=2,
    share=Share(partitions=3, waiting=40, held=500, quarantined=6, settled=7, raw=80),
)
PEAK = Figures(86_400, 9, 1, 90, 20, 30)


def snapshot(*channels: str, watermark: int = NOW - 1_500) -> Snapshot:
    named = ("*", *channels)
    return Snapshot(
        at=NOW // 1000,
        watermark=watermark,
        final_until=NOW // 1000 - 240,
        completeness=1.0,
        now=[ChannelNow(channel, 5, 6, 1) for channel in named],
        today=[Today("Asia/Jakarta", dt.date(2026, 11, 25), channel, PEAK) for channel in named],
        ends={("tv.1", "timeout"): 4},
        late={"tv.1": 2},
    )


def scrape(
    found: Snapshot | None, facts: Facts = FACTS, channels: int = 10
) -> dict[tuple[str, ...], float]:
    collector = AudienceCollector(lambda: found, lambda: facts, lambda: NOW, channels)
    answer = exposition(collector)().decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer)
        for sample in family.samples
        if sample.name.startswith("penonton_")
    }


def test_a_kind_has_its_own_label_however_many_channels_there_are() -> None:
    found = scrape(snapshot("*tv", "tv.1", "tv.2"), channels=1)
    assert found["penonton_concurrent_viewers", "*tv"] == 5
    assert found["penonton_peak_viewers_today", "*tv", "Asia/Jakarta"] == 9
    assert found["penonton_concurrent_viewers", "tv.1"] == 5
    assert ("penonton_concurrent_viewers", "tv.2") not in found


def test_every_declared_metric_is_given_with_its_name_type_and_labels() -> None:
    collector = AudienceCollector(lambda: snapshot("tv.1"), lambda: FACTS, lambda: NOW, 10)
    answer = exposition(collector)().decode()
    given = {
        (family.samples[0].name, family.type, tuple(sorted(family.samples[0].labels)))
        for family in text_string_to_metric_families(answer)
        if family.name.startswith("penonton_")
    }
    declared = {(m.value.name, m.value.kind, tuple(sorted(m.value.labels))) for m in Metric}
    assert given == declared


def test_a_fresh_snapshot_gives_the_numbers_of_every_channel_and_of_anything() -> None:
    found = scrape(snapshot("tv.1"))
    for channel in ("*", "tv.1"):
        assert found["penonton_concurrent_viewers", channel] == 5
        assert found["penonton_concurrent_sessions", channel] == 6
        assert found["penonton_unconfirmed_sessions", channel] == 1
        assert found["penonton_peak_viewers_today", channel, "Asia/Jakarta"] == 9
    assert found["penonton_watermark_age_seconds",] == 1.5
    assert found["penonton_counting_lag_seconds",] == 1.0
    assert found["penonton_storage_lag_seconds",] == 10
    assert found["penonton_session_ends_total", "tv.1", "timeout"] == 4


LIVE = {metric.value.name for metric in Metric if metric.value.live}


@pytest.mark.parametrize(("age", "given"), [(FRESH_FOR, LIVE), (FRESH_FOR + 1, set())])
def test_live_gauges_are_absent_rather_than_frozen(age: int, given: set[str]) -> None:
    found = scrape(snapshot("tv.1", watermark=NOW - age))
    names = {name for name, *_ in found}
    assert names & LIVE == given
    assert found["penonton_watermark_age_seconds",] == age / 1000
    assert found["penonton_late_reports_total", "tv.1"] == 2


def test_before_anything_was_counted_what_came_in_is_given_all_the_same() -> None:
    found = scrape(None)
    assert found["penonton_reports_total", "tv.1", "web", "cmcd"] == 7
    assert found["penonton_rejects_total", "web", "epas", "no_channel"] == 3
    assert "penonton_watermark_age_seconds" not in {name for name, *_ in found}


def test_a_spool_says_how_much_waits_and_since_when_and_nothing_where_there_is_none() -> None:
    assert scrape(None)["penonton_spool_bytes",] == 4_096
    assert scrape(None)["penonton_spool_oldest_age_seconds",] == 7.5
    assert scrape(None)["penonton_spool_max_bytes",] == 10_000_000
    drained = scrape(None, Facts(spool=0))
    assert drained["penonton_spool_oldest_age_seconds",] == 0
    assert "penonton_spool_bytes" not in {name for name, *_ in scrape(None, Facts())}


def test_the_process_shows_its_clock_and_the_room_on_its_disk_where_it_keeps_data() -> None:
    assert scrape(None)["penonton_clock_seconds",] == NOW / 1000
    assert scrape(None)["penonton_disk_free_bytes",] == 5_000_000_000
    assert "penonton_disk_free_bytes" not in {name for name, *_ in scrape(None, Facts())}


def test_a_worker_says_what_it_holds_and_of_storage_only_where_there_is_one() -> None:
    assert scrape(None)["penonton_partitions_held",] == 3
    assert scrape(None)["penonton_records_waiting",] == 40
    assert scrape(None)["penonton_records_held",] == 500
    assert scrape(None)["penonton_quarantined_records_total",] == 6
    assert scrape(None)["penonton_settled_waiting",] == 7
    assert scrape(None)["penonton_raw_records_waiting",] == 80
    none = Facts(share=Share(partitions=0, waiting=0, held=0, quarantined=0))
    assert scrape(None, none)["penonton_partitions_held",] == 0
    assert not {"penonton_settled_waiting", "penonton_raw_records_waiting"} & {
        name for name, *_ in scrape(None, none)
    }


def test_channels_beyond_the_budget_are_given_together_and_their_number_is_seen() -> None:
    found = scrape(snapshot("a", "b", "c"), Facts(), channels=1)
    viewers = {key[1]: value for key, value in found.items() if key[0].endswith("rrent_viewers")}
    assert viewers == {"*": 5, "a": 5, "other": 10}
    # a had the label before tv.1, whose ends were counted.
    assert found["penonton_session_ends_total", "other", "timeout"] == 4
    assert found["penonton_folded_channels",] == 3
    peaks = {key[1] for key in found if key[0] == "penonton_peak_viewers_today"}
    assert peaks == {"*", "a"}


def test_a_channel_keeps_its_label_from_scrape_to_scrape() -> None:
    now = [snapshot("b")]
    collector = AudienceCollector(lambda: now[0], Facts, lambda: NOW, 1)
    answer = exposition(collector)
    assert b'penonton_concurrent_viewers{channel="b"}' in answer()
    now[0] = snapshot("a", "b")
    assert b'penonton_concurrent_viewers{channel="b"}' in answer()
    assert b'penonton_concurrent_viewers{channel="a"}' not in answer()


@pytest.mark.parametrize("channel", ["other", 'A"}', "a\nb", "ü", "", "a" * 65])
def test_no_label_is_what_someone_made_up(channel: str) -> None:
    found = scrape(snapshot(channel), Facts())
    labels = {key[1] for key in found if key[0] == "penonton_concurrent_viewers"}
    assert labels == {"*", "other"}
