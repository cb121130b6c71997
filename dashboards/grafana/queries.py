"""What panels ask, and of which data source."""

from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

# By variable, so that the dashboards work in a Grafana whose data sources have other names.
PROMETHEUS: Final = DataSourceRef("prometheus", "${prometheus}")
CLICKHOUSE: Final = DataSourceRef("grafana-clickhouse-datasource", "${clickhouse}")

_SQL: Final = Path(__file__).parent / "sql"
_SERIES: Final = 0
_TABLE: Final = 1


class ClickHouseQuery(Dataquery):
    """The SDK has no typed query of this plugin; its fields are those of its `CHSqlQuery`."""

    def __init__(self, ref: str, text: str, form: int) -> None:
        self._fields: dict[str, object] = {
            "datasource": CLICKHOUSE,
            "editorType": "sql",
            "format": form,
            "pluginVersion": "",
            "queryType": "timeseries" if form == _SERIES else "table",
            "rawSql": text,
            "refId": ref,
        }

    def to_json(self) -> dict[str, object]:
        """As Grafana keeps it."""
        return self._fields


class Sql(Builder[ClickHouseQuery]):
    """A query of ClickHouse out of `sql/<name>.sql`; `series`: its first column is the time."""

    def __init__(self, name: str, *, series: bool = False, ref: str = "A") -> None:
        self._query = ClickHouseQuery(ref, sql(name), _SERIES if series else _TABLE)

    def build(self) -> ClickHouseQuery:
        """The query."""
        return self._query


class Promql(prometheus.Dataquery):
    """A query of Prometheus over the time shown; `legend`: what a line is called."""

    def __init__(self, expr: str, legend: str = "__auto", ref: str = "A") -> None:
        super().__init__()
        self.datasource(PROMETHEUS).expr(expr).legend_format(legend).ref_id(ref)
        self.editor_mode(QueryEditorMode.CODE).range()


class PromqlNow(prometheus.Dataquery):
    """A query of Prometheus at the end of the time shown, as a table."""

    def __init__(self, expr: str, ref: str = "A") -> None:
        super().__init__()
        self.datasource(PROMETHEUS).expr(expr).format(PromQueryFormat.TABLE).ref_id(ref)
        self.editor_mode(QueryEditorMode.CODE).instant()


Query = Sql | Promql | PromqlNow


def sql(name: str) -> str:
    """A query of ClickHouse, with Grafana's macros and variables in it."""
    return (_SQL / f"{name}.sql").read_text().strip()


def source(query: Query) -> DataSourceRef:
    """Whom a query asks."""
    return CLICKHOUSE if isinstance(query, Sql) else PROMETHEUS
