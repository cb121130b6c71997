"""The command `penonton backfill`: what it prints, what it writes, and when it does neither."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from audience.days import Day
from audience.reports import Report
from tests.backfill.running import expected, penonton, rows, stored, written

BERLIN = ZoneInfo("Europe/Berlin")
LONG = Day(dt.date(2026, 10, 25), BERLIN)  # 25 hours
SHORT = Day(dt.date(2026, 3, 29), BERLIN)  # 23 hours
DAYS = "SELECT toString(day) AS day, channel, reach, toString(status) AS status FROM days FINAL "
BY_CHANNEL = DAYS + "ORDER BY day, channel"
CHANGES = "SELECT channel, figure, before, after, reason, note FROM restatements ORDER BY ALL"


def evening(day: Day, viewers: int, channel: str = "tv") -> list[Report]:
    """Viewers of a channel, one after the other, around the end of `day`."""
    return [
        Report(
            t=day.end * 1000 - 30_000 + 1_500 * n + beat,
            viewer=f"{n:031x}{channel[0] == 'r':x}",
            session=f"{n:032x}",
            channel=channel,
            state="playing",
        )
        for n in range(viewers)
        for beat in (0, 30_000)
    ]


@pytest.mark.parametrize("engine", ["fold", "sql"])
def test_days_of_25_and_23_hours_come_out_line_by_line(tmp_path: Path, engine: str) -> None:
    reports = [*evening(LONG, 4), *evening(LONG, 2, "radio"), *evening(SHORT, 3)]
    files = [written(tmp_path / "a", reports[:9]), written(tmp_path / "b", reports[5:])]
    answer = penonton(
        "backfill", *files, "--zone", "Europe/Berlin", "--engine", engine, "--dry-run",
        data=tmp_path / "data",
    )  # fmt: skip
    days = [SHORT, SHORT.next, LONG, LONG.next]
    assert rows(answer) == expected(reports, days)
    assert not (tmp_path / "data").exists()


def test_a_line_has_these_fields_in_this_order(tmp_path: Path) -> None:
    noon = 1_795_608_187_000  # 2026-11-25T12:03:07Z
    one = Report(t=noon, viewer="eve", session="phone", channel="tv", state="playing")
    file = written(tmp_path / "a", [one])
    arguments = ["--from", "2026-11-25", "--to", "2026-11-26", "--zone", "Asia/Jakarta"]
    answer = penonton("backfill", file, *arguments, "--dry-run", data=tmp_path / "data")
    watched = (
        '{"day":"2026-11-25","zone":"Asia/Jakarta","channel":"%s","peak_viewers":1,'
        '"peak_at":"2026-11-25T12:03:07Z","watch_seconds":15,'
        '"average_viewers":0.00017361111111111112,"reach":1,"sessions":1}'
    )
    nobody = (
        '{"day":"2026-11-26","zone":"Asia/Jakarta","channel":"*","peak_viewers":0,'
        '"peak_at":null,"watch_seconds":0,"average_viewers":0.0,"reach":0,"sessions":0}'
    )
    assert answer.stdout.splitlines() == [watched % "*", watched % "tv", nobody]


def test_a_day_that_a_zone_left_out_has_nobody(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    day = ["--from", "2011-12-30", "--to", "2011-12-30", "--zone", "Pacific/Apia"]
    answer = penonton("backfill", tmp_path / "a", *day, "--dry-run", data=tmp_path / "data")
    assert [(row["day"], row["average_viewers"]) for row in rows(answer)] == [("2011-12-30", 0)]


def test_days_begin_at_the_hour_that_is_set_and_another_is_refused_later(tmp_path: Path) -> None:
    data, file = tmp_path / "data", written(tmp_path / "a", evening(LONG, 4))
    six = Day(LONG.date, BERLIN, 6)
    answer = penonton("backfill", file, "--zone", BERLIN.key, data=data, PENONTON_DAY_STARTS="6")
    assert rows(answer) == expected(evening(LONG, 4), [six])

    days = stored(data, BY_CHANNEL)
    refused = penonton("backfill", file, "--zone", BERLIN.key, data=data)
    assert refused.returncode == 1
    assert "PENONTON_DAY_STARTS is 0" in refused.stderr
    assert "start at 6" in refused.stderr
    assert stored(data, BY_CHANNEL) == days

    found = penonton("doctor", "--format", "json", data=data)
    (said,) = [line for line in found.stdout.splitlines() if '"storage"' in line]
    assert found.returncode == 1
    assert '"bad"' in said
    assert "PENONTON_DAY_STARTS" in said


@pytest.mark.parametrize("engine", ["fold", "sql"])
def test_a_wrong_line_is_named_and_nothing_is_written(tmp_path: Path, engine: str) -> None:
    good = written(tmp_path / "good", evening(LONG, 2))
    bad = tmp_path / "bad"
    bad.write_bytes(good.read_bytes() + b'\n{"t":1,"viewer":"v"}\n' + good.read_bytes())
    data = tmp_path / "data"
    answer = penonton("backfill", good, bad, "--engine", engine, data=data)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert f"{bad}, line 6: " in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not data.exists()


def test_days_are_written_once_and_restated_where_the_files_say_otherwise(tmp_path: Path) -> None:
    data, both = tmp_path / "data", ("--zone", "Europe/Berlin")
    first = written(tmp_path / "first", evening(LONG, 2, "tv") + evening(LONG, 1, "radio"))
    second = written(tmp_path / "second", evening(LONG, 3, "tv"))

    printed = rows(penonton("backfill", first, *both, data=data))
    days = stored(data, BY_CHANNEL)
    assert [(each["day"], each["channel"], each["reach"]) for each in days] == [
        (each["day"], each["channel"], each["reach"]) for each in printed
    ]
    assert {each["status"] for each in days} == {"final"}
    new = stored(data, CHANGES)
    reach = [(each["channel"], each["after"]) for each in new if each["figure"] == "reach"]
    assert reach == [("*", 3), ("*", 3), ("radio", 1), ("radio", 1), ("tv", 2), ("tv", 2)]
    assert {(each["before"], each["reason"], each["note"]) for each in new} == {
        (None, "reports from files", "first")
    }

    assert rows(penonton("backfill", first, *both, "--engine", "sql", data=data)) == printed
    assert (stored(data, BY_CHANNEL), stored(data, CHANGES)) == (days, new)

    say = ("--reason", "the first was half")
    printed = rows(penonton("backfill", second, *both, *say, data=data))
    restated = [each for each in stored(data, BY_CHANNEL) if each["channel"] != "radio"]
    assert [(each["channel"], each["reach"]) for each in printed] == [
        (each["channel"], each["reach"]) for each in restated
    ]
    assert {each["status"] for each in stored(data, BY_CHANNEL)} == {"restated"}
    changes = [each for each in stored(data, CHANGES) if each not in new]
    changed = [
        (each["channel"], each["before"], each["after"])
        for each in changes
        if each["figure"] == "reach"
    ]
    assert changed == [("radio", 1, 0)] * 2 + [("tv", 2, 3)] * 2
    gone = [each for each in changes if (each["channel"], each["figure"]) == ("radio", "peak_at")]
    assert [(each["before"], each["after"]) for each in gone] == [
        (LONG.end - 30, None),
        (LONG.end, None),
    ]
    assert {(each["reason"], each["note"]) for each in changes} == {
        ("reports from files", "the first was half")
    }

    rows(penonton("backfill", second, *both, data=data))
    assert len(stored(data, CHANGES)) == len(new) + len(changes)


def test_a_day_that_is_not_over_stays_provisional(tmp_path: Path) -> None:
    noon = dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    one = evening(LONG, 1)[0]
    reports = [replace(one, t=int(noon.timestamp() * 1000) + days * 86_400_000) for days in (-2, 1)]
    file = written(tmp_path / "a", reports)
    rows(penonton("backfill", file, "--zone", "UTC", data=tmp_path / "data"))
    found = [(each["channel"], each["status"]) for each in stored(tmp_path / "data", BY_CHANNEL)]
    assert found == [("*", "final"), ("tv", "final"), ("*", "provisional"), ("tv", "provisional")]


def test_a_day_that_its_last_viewers_never_reached_is_not_written_unless_asked_for(
    tmp_path: Path,
) -> None:
    watched, data = SHORT.date.isoformat(), tmp_path / "data"
    file = written(tmp_path / "a", evening(SHORT, 1)[:1])  # left 15 s before midnight
    rows(penonton("backfill", file, "--zone", "Europe/Berlin", data=data))
    assert {each["day"] for each in stored(data, BY_CHANNEL)} == {watched}

    both = ["--from", watched, "--to", SHORT.next.date.isoformat()]
    rows(penonton("backfill", file, "--zone", "Europe/Berlin", *both, data=data))
    (nobody,) = [each for each in stored(data, BY_CHANNEL) if each["day"] != watched]
    assert (nobody["channel"], nobody["reach"], nobody["status"]) == ("*", 0, "final")
