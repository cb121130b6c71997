"""The statements that make users can be read by ClickHouse; chDB has no users to make."""

from importlib import resources

import pytest

from sinks.chdb import ChdbEngine
from sinks.engine import Stop
from sinks.migrate import statements

USERS = resources.files("sinks").joinpath("users.sql").read_text()


@pytest.mark.parametrize("sql", statements(USERS), ids=lambda sql: sql.splitlines()[-1][:40])
def test_a_statement_that_makes_users_is_understood(chdb_engine: ChdbEngine, sql: str) -> None:
    with pytest.raises(Stop, match=r"ACCESS_DENIED|UNKNOWN_ROLE"):
        chdb_engine.execute(sql)


def test_who_reads_is_granted_nothing_else() -> None:
    grants = [sql for sql in statements(USERS) if sql.endswith("TO penonton_reader")]
    assert [grant.splitlines()[-1] for grant in grants] == [
        "GRANT SELECT ON penonton.* TO penonton_reader"
    ]
