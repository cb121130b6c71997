"""What is marked on every line of time: alerts, and what the calendar has."""

from typing import Any, Final

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import AnnotationQuery, AnnotationTarget

from dashboards.grafana.queries import CLICKHOUSE, PROMETHEUS, sql


class _Target(AnnotationTarget):
    """A data source's query; the SDK knows only that of Grafana's own annotations."""

    def __init__(self, fields: dict[str, object]) -> None:
        super().__init__()
        self._fields = fields

    def to_json(self) -> dict[str, Any]:
        """As Grafana keeps it."""
        return self._fields


class _FromPrometheus(AnnotationQuery):
    """With what the data source takes beside its query, which the SDK leaves out."""

    def __init__(self, name: str, colour: str, expr: str, title: str, text: str) -> None:
        target = _Target({"expr": expr, "refId": "annotation"})
        super().__init__(name, PROMETHEUS, enable=True, icon_color=colour, target=target)
        self._said = {"titleFormat": title, "textFormat": text}

    def to_json(self) -> dict[str, object]:
        """As Grafana keeps it."""
        return super().to_json() | self._said


class _FromClickHouse(AnnotationQuery):
    """Columns time, timeEnd, title, text and tags."""

    def __init__(self, name: str, colour: str, query: str) -> None:
        asked: dict[str, object] = {"editorType": "sql", "format": 1, "pluginVersion": ""}
        target = _Target({**asked, "rawSql": sql(query), "refId": "annotation"})
        super().__init__(name, CLICKHOUSE, enable=True, icon_color=colour, target=target)


class Annotation(Builder[AnnotationQuery]):
    """What the SDK wants in the place of a query."""

    def __init__(self, query: AnnotationQuery) -> None:
        self._query = query

    def build(self) -> AnnotationQuery:
        """The query."""
        return self._query


ALERTS: Final = Annotation(
    _FromPrometheus(
        "Alerts",
        "red",
        'ALERTS{alertstate="firing", alertname=~"Penonton.*"}',
        "{{alertname}}",
        "{{channel}} {{platform}} {{severity}}",
    )
)
SPECIALS: Final = Annotation(
    _FromPrometheus(
        "Specials",
        "blue",
        "penonton_scheduled_event == 1",
        "Special",
        "{{channel}}: a special is on",
    )
)

PROGRAMMES: Final = Annotation(_FromClickHouse("Programmes", "purple", "programme_marks"))
