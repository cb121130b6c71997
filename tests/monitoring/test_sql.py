"""What the dashboards ask of ClickHouse: answered, and right where it is known what is right."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from clickhouse_driver import Client

from dashboards.grafana import queries
from sinks.chdb import ChdbEngine
from sinks.clickhouse import ServerEngine
from sinks.migrate import migrate
from tests.monitoring.asking import DASHBOARDS, Asked, Span, Values, asked, panels, several, sql
from tests.sinks.native_bridge import Bridge

ZONE: Final = "Asia/Jakarta"
OF_CLICKHOUSE: Final = [each for each in asked() if each.is_sql]
SEVERAL: Final = {"channel": ["*", "tv-1", "it''s"], "zone": [ZONE]}
ONE: Final = {"channel": ["tv-1"], "zone": [ZONE]}
AT_FIRST: Final = {"channel": ["*"], "zone": [ZONE]}
NOW: Final = int(time.time()) // 60 * 60
SPAN: Final = Span(NOW - 7_200, NOW, 60)
PEAK_AT: Final = NOW - 3_600
SCREENS: Final = [
    (name, panel)
    for name, each in DASHBOARDS.items()
    for panel in panels(each)
    if "rawSql" in panel["targets"][0]
]

# Two partitions, of 10 viewers and 20 sessions each on tv-1; at PEAK_AT 30 and 7.
FILL: Final = [
    """
    INSERT INTO levels (second, channel, partition, viewers, sessions, version)
    SELECT toDateTime({start} + number), arrayJoin(['*', 'tv-1', 'radio-1']) AS channel,
        arrayJoin([0, 1]) AS partition,
        if(channel = 'tv-1' AND {start} + number = {peak}, if(partition = 0, 30, 7), 10), 20, 1
    FROM numbers(7200)
    """,
    """
    INSERT INTO days (zone, day, channel, seconds, peak_viewers, peak_at, watch_seconds, reach,
        sessions, status, definition, version)
    SELECT '{zone}', toDate(toDateTime({now}), '{zone}') - number, arrayJoin(['*', 'tv-1']), 86400,
        37 + number, toDateTime({peak}) - 86400 * number, 864000, 1000 - number, 2000, 'final', 1, 1
    FROM numbers(10)
    """,
    """
    INSERT INTO restatements (at, zone, day, channel, figure, before, after, reason)
    VALUES (toDateTime64({now} - 60, 3), '{zone}',
        toDate(toDateTime({now})), 'tv-1', 'reach', 900, 1000, 'a spool came back')
    """,
    """
    INSERT INTO programmes VALUES
        ('tv-1', {peak} - 60, {peak} + 60, 'News', 1, 'test', 0, 1),
        ('tv-1', {peak} + 60, {peak} + 120, 'After', 0, 'test', 0, 1),
        ('tv-1', {now} - 350, {now} + 350, 'Still on', 0, 'test', 0, 1),
        ('tv-1', {now} - 60, {now} + 350, 'Not final yet', 0, 'test', 0, 1),
        ('tv-1', {peak} + 30, {peak} + 90, 'Withdrawn', 0, 'test', 1, 1),
        ('radio-1', {peak}, {peak} + 60, 'Elsewhere', 0, 'test', 0, 1)
    """,
    """
    INSERT INTO progress VALUES ('final/0', {now} - 240, 1), ('final/1', {now} - 250, 1),
        ('log', 17, 1)
    """,
    """
    INSERT INTO reports (t, viewer, session, channel, state, playhead, interval, seq, received,
        clock, protocol)
    SELECT toDateTime64({now} - number, 3), toFixedString('v', 16), toFixedString('s', 16), 'tv-1',
        'playing', -1, 30000, number, toDateTime64({now} - number, 3) + 1, 'client', 'cmcd2'
    FROM numbers(600)
    """,
]


@dataclass(frozen=True, slots=True)
class Answer:
    """`types`: ClickHouse's, by column."""

    types: dict[str, str]
    rows: list[dict[str, Any]]


Ask = Callable[[str], Answer]


@pytest.fixture(scope="module")
def ask(bridge: Bridge, chdb_engine: ChdbEngine) -> Iterator[Ask]:
    """Asks a database of its own as Grafana does: over the native protocol."""
    chdb_engine.execute("CREATE DATABASE shown")
    url = f"clickhouse://us%3Aer:s%25cret@127.0.0.1:{bridge.port}/shown"
    engine = ServerEngine(url)
    migrate(engine)
    known = {"start": NOW - 7_200, "now": NOW, "peak": PEAK_AT, "zone": ZONE}
    for statement in FILL:
        engine.execute(statement.format(**known))
    week_before = "second - INTERVAL 7 DAY, channel, partition, viewers, sessions, NULL, version"
    engine.execute(f"INSERT INTO levels SELECT {week_before} FROM levels")
    engine.close()
    with Client.from_url(url) as client:

        def answer(statement: str) -> Answer:
            rows, columns = client.execute(statement, with_column_types=True)
            return Answer(
                dict(columns), [dict(zip(dict(columns), row, strict=True)) for row in rows]
            )

        yield answer


def rows(ask: Ask, name: str, values: Values = ONE) -> list[dict[str, Any]]:
    """What the query of this name answers, of tv-1 if nothing is said."""
    return ask(sql(queries.sql(name), SPAN, values)).rows


@pytest.mark.parametrize("values", [SEVERAL, ONE, AT_FIRST], ids=["several", "one", "any"])
@pytest.mark.parametrize("each", OF_CLICKHOUSE, ids=str)
def test_clickhouse_has_an_answer_in_the_form_that_is_shown(
    each: Asked, values: Values, ask: Ask
) -> None:
    if "channel" not in several(DASHBOARDS[each.where]):
        values = {**values, "channel": values["channel"][:1]}
    found = ask(sql(each.target["rawSql"], SPAN, values))
    assert found.rows, each
    if each.target["format"] == 0:
        first, *others = found.types.values()
        assert first.startswith("DateTime")
        assert any(kind.startswith(("UInt", "Float")) for kind in others)
        times = [row["time"] for row in found.rows]
        assert times == sorted(times)


@pytest.mark.parametrize(("name", "panel"), SCREENS, ids=[f"{n}/{p['title']}" for n, p in SCREENS])
def test_columns_that_are_named_are_there(name: str, panel: dict[str, Any], ask: Ask) -> None:
    types = ask(sql(panel["targets"][0]["rawSql"], SPAN, ONE)).types
    for step in panel.get("transformations", []):
        assert step["options"]["renameByName"].keys() <= types.keys(), name
    label = panel["fieldConfig"]["defaults"].get("displayName", "")
    if label:
        assert types[label.removeprefix("${__field.labels.").removesuffix("}")].endswith("String)")
    if "xField" in panel.get("options", {}):
        assert types[panel["options"]["xField"]] == "String"


@pytest.mark.parametrize("name", ["history", "event"])
def test_variables_of_clickhouse_have_values(name: str, ask: Ask) -> None:
    found = {
        variable["name"]: [value for row in ask(variable["query"]).rows for value in row.values()]
        for variable in DASHBOARDS[name]["templating"]["list"]
        if variable["type"] == "query"
    }
    assert found == {"zone": [ZONE], "channel": ["*", "tv-1"]}


def test_viewers_are_added_over_partitions_and_over_nothing_else(ask: Ask) -> None:
    assert rows(ask, "event_peak") == [{"peak concurrent viewers": 37}]
    (found,) = rows(ask, "event_peak_at")
    local = dt.datetime.fromtimestamp(PEAK_AT, dt.timezone(dt.timedelta(hours=7)))
    assert found == {"when": f"{local:%Y-%m-%d %H:%M:%S}"}
    most = {row["channel"]: row["most concurrent viewers"] for row in rows(ask, "event_others")}
    assert most == {"*": 20, "radio-1": 20, "tv-1": 20}
    at_peak = [row for row in rows(ask, "seconds_peak") if row["most concurrent viewers"] != 20]
    assert at_peak == [
        {"time": at_peak[0]["time"], "channel": "tv-1", "most concurrent viewers": 37}
    ]


def test_averages_and_hours_are_of_all_seconds(ask: Ask) -> None:
    seconds = 20 * 7_199 + 37
    (average,) = rows(ask, "event_average")
    assert average["average concurrent viewers"] == pytest.approx(seconds / 7_200)
    (hours,) = rows(ask, "event_watch_hours")
    assert hours["watch hours"] == pytest.approx(seconds / 3_600)
    (of_day,) = {row["watch hours"] for row in rows(ask, "days_watch_hours")}
    assert of_day == 240


def test_the_week_before_lies_over_this_one(ask: Ask) -> None:
    now = {row["time"]: row["this time"] for row in rows(ask, "event_seconds")}
    then = {row["time"]: row["a week before"] for row in rows(ask, "event_week_before")}
    assert now == then
    assert max(now.values()) == 37


def test_a_day_begins_at_midnight_of_its_zone(ask: Ask) -> None:
    for row in rows(ask, "days_peak_viewers"):
        assert row["time"].astimezone(dt.UTC).hour == 17


def test_records_are_of_all_days_that_are_stored(ask: Ask) -> None:
    assert rows(ask, "record") == [{"peak concurrent viewers": 46}]
    assert rows(ask, "record_reach") == [{"reach of a day": 1_000}]
    (found,) = rows(ask, "record_day")
    local = dt.datetime.fromtimestamp(PEAK_AT - 9 * 86_400, dt.timezone(dt.timedelta(hours=7)))
    assert found == {"when": f"{local:%Y-%m-%d %H:%M:%S}"}


def test_what_is_stored_until_when_is_said_by_partition(ask: Ask) -> None:
    found = rows(ask, "stored_until")
    assert [row["partition"] for row in found] == ["0", "1"]
    assert 240 <= found[0]["age"] == found[1]["age"] - 10
    way = rows(ask, "underway")
    assert {(row["half"], row["99 of 100"]) for row in way} == {(1.0, 1.0)}


def test_programmes_have_the_peak_and_average_of_their_own_seconds(ask: Ask) -> None:
    found = [
        (row["title"], row["special"], row["peak_viewers"], row["average_viewers"])
        for row in rows(ask, "programmes")
    ]
    assert found == [
        ("News", "yes", 37, pytest.approx(20 + 17 / 120)),
        ("After", "", 20, 20.0),
        # 101 of its seconds are final in both partitions.
        ("Still on", "", 20, 20.0),
        ("Not final yet", "", None, None),
    ]
    titles = [row["title"] for row in rows(ask, "programme_marks")]
    assert titles == ["News", "After", "Still on", "Not final yet"]


def test_where_any_channel_is_chosen_every_channels_programmes_are_shown(ask: Ask) -> None:
    found = {row["title"]: row["channel"] for row in rows(ask, "programmes", AT_FIRST)}
    marked = {row["title"]: row["text"] for row in rows(ask, "programme_marks", AT_FIRST)}
    assert found == marked
    assert (found["News"], found["Elsewhere"]) == ("tv-1", "radio-1")
