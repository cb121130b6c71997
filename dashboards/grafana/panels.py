"""The few kinds of panels. A title says which number it is; a description what it means."""

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.builders import barchart, common, dashboard, stat, table, timeseries
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
)

from dashboards.grafana.queries import Query, source

Panel = barchart.Panel | stat.Panel | table.Panel | timeseries.Panel

COUNT: Final = "locale"
"""Numbers in full: 21,420 and not 21.4 K. Hours too: Grafana's own unit makes years of them."""
SECONDS: Final = "s"
SHARE: Final = "percentunit"
BYTES: Final = "bytes"
A_SECOND: Final = "cps"

GOOD, ATTENTION, BAD, PLAIN = "green", "orange", "red", "text"

Steps = Sequence[tuple[float | None, str]]
"""From which value on a number has which colour; the first from None."""

NEUTRAL: Final[Steps] = ((None, PLAIN),)


def number(
    title: str, meaning: str, query: Query, unit: str = COUNT, steps: Steps = NEUTRAL
) -> stat.Panel:
    """One number, large, over the line of how it came to be."""
    panel = (
        stat.Panel()
        .title(title)
        .description(meaning)
        .datasource(source(query))
        .with_target(query)
        .unit(unit)
        .thresholds(_thresholds(steps))
        .color_scheme(_colours(FieldColorModeId.THRESHOLDS))
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.AREA)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False))
        .no_value("no data")
    )
    return panel.decimals(0) if unit == COUNT else panel


def word(title: str, meaning: str, query: Query) -> stat.Panel:
    """What stands in the only field of the only row, which need not be a number."""
    return (
        number(title, meaning, query, unit="string")
        .graph_mode(BigValueGraphMode.NONE)
        .reduce_options(
            common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/.*/").values(values=False)
        )
    )


def lines(
    title: str, meaning: str, *queries: Query, unit: str = COUNT, name: str = ""
) -> timeseries.Panel:
    """A line for each series; `name`: what it is called where the query does not say."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(meaning)
        .datasource(source(queries[0]))
        .unit(unit)
        .min(0)
        .color_scheme(_colours(FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        .line_width(1)
        .fill_opacity(5)
        .legend(_legend())
        .tooltip(_tooltip())
    )
    for query in queries:
        panel.with_target(query)
    if unit == COUNT:
        panel.decimals(1)  # at most: 21,420 and 0.4
    return panel.display_name(name) if name else panel


def bars(
    title: str, meaning: str, *queries: Query, unit: str = COUNT, name: str = ""
) -> timeseries.Panel:
    """Bars side by side at each time; stacked they would be added, which most may not be."""
    return lines(title, meaning, *queries, unit=unit, name=name).draw_style(GraphDrawStyle.BARS)


def stacked(
    title: str, meaning: str, query: Query, unit: str = COUNT, name: str = ""
) -> timeseries.Panel:
    """Bars upon each other, of what may be added."""
    piled = common.StackingConfig().mode(StackingMode.NORMAL).group("A")
    return bars(title, meaning, query, unit=unit, name=name).fill_opacity(60).stacking(piled)


def profile(title: str, meaning: str, query: Query, across: str) -> barchart.Panel:
    """Bars over the values of a column that is no time."""
    return (
        barchart.Panel()
        .title(title)
        .description(meaning)
        .datasource(source(query))
        .with_target(query)
        .unit(COUNT)
        .decimals(0)
        .x_field(across)
        .legend(_legend())
        .tooltip(_tooltip())
    )


def rows(title: str, meaning: str, *queries: Query, sort: str = "") -> table.Panel:
    """A table; `sort`: the column whose largest stand first."""
    panel = table.Panel().title(title).description(meaning).datasource(source(queries[0]))
    for query in queries:
        panel.with_target(query)
    if sort:
        panel.sort_by([common.TableSortByFieldState().display_name(sort).desc(desc=True)])
    return panel.unit(COUNT).decimals(1).no_value("none")


def renamed(
    panel: table.Panel, columns: dict[str, str], without: Sequence[str] = ()
) -> table.Panel:
    """Columns in this order, by the names given."""
    organised: dict[str, object] = {
        "excludeByName": dict.fromkeys(without, True),
        "indexByName": {column: place for place, column in enumerate(columns)},
        "renameByName": columns,
    }
    return panel.with_transformation(DataTransformerConfig("organize", options=organised))


def merged(panel: table.Panel, columns: dict[str, str], without: Sequence[str] = ()) -> table.Panel:
    """Rows of several queries side by side, and as `renamed`."""
    beside = DataTransformerConfig("merge", options=dict[str, object]())
    return renamed(panel.with_transformation(beside), columns, without)


def hiding(panel: table.Panel, columns: Sequence[str]) -> table.Panel:
    """Without these columns, whose values links may use."""
    for column in columns:
        panel.override_by_name(column, [DynamicConfigValue("custom.hidden", value=True)])
    return panel


def linked(panel: table.Panel, column: str, title: str, url: str) -> table.Panel:
    """With a link on each cell of a column."""
    link = {"title": title, "url": url}
    return panel.override_by_name(column, [DynamicConfigValue("links", [link])])


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    given = [Threshold(value, colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(given)


def _colours(mode: FieldColorModeId) -> dashboard.FieldColor:
    return dashboard.FieldColor().mode(mode)


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().display_mode(LegendDisplayMode.TABLE).show_legend(True)  # noqa: FBT003 - the SDK's
    return legend.placement(LegendPlacement.BOTTOM).calcs(["lastNotNull", "max"])


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
