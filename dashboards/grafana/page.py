"""A dashboard out of sections of panels, with what all of them have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    GridPos,
    VariableModel,
    VariableOption,
    VariableRefresh,
)

from audience.rules import ANYTHING
from dashboards.grafana.annotations import ALERTS, SPECIALS, Annotation
from dashboards.grafana.panels import Panel

TAG: Final = "penonton"
WIDTH: Final = 24
_APART: Final = 100
"""Ids of panels count from the row's, so that a new panel at the end of a row changes no other."""


@dataclass(frozen=True, slots=True)
class Band:
    """Panels beside each other, equally wide, `height` lines of 30 pixels high."""

    height: int
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Section:
    """A row's title, and what stands below it."""

    title: str
    bands: Sequence[Band]


@dataclass(frozen=True, slots=True)
class Page:
    """What a dashboard is made of; `name` is also that of its file and in its address."""

    name: str
    title: str
    about: str
    since: str
    sections: Sequence[Section]
    variables: Sequence[Builder[VariableModel]]
    marks: Sequence[Annotation] = (ALERTS, SPECIALS)
    refresh: str = ""

    @property
    def uid(self) -> str:
        """In its address."""
        return address(self.name)


def address(name: str) -> str:
    """The uid of the dashboard of this name."""
    return f"{TAG}-{name}"


def built(page: Page) -> Dashboard:
    """The dashboard."""
    made = (
        builders.Dashboard(page.title)
        .uid(page.uid)
        .description(page.about)
        .tags([TAG])
        .time(page.since, "now")
        .timezone("browser")
        .refresh(page.refresh)
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(_others())
        .with_variable(_chosen("prometheus", "prometheus"))
        .with_variable(_chosen("clickhouse", "grafana-clickhouse-datasource"))
    )
    for variable in page.variables:
        made.with_variable(variable)
    made.annotations([*page.marks])
    line = 0
    for number, section in enumerate(page.sections, 1):
        row = builders.Row(section.title).id(number * _APART)
        made.with_row(row.grid_pos(GridPos(h=1, w=WIDTH, x=0, y=line)))
        line = _place(made, section, number * _APART, line + 1)
    return _without_intervals(made.build())


def _without_intervals(made: Dashboard) -> Dashboard:
    """Without what the SDK says of every variable and Grafana knows of intervals only."""
    for variable in made.templating.list_val or ():
        variable.auto = variable.auto_count = variable.auto_min = None
    return made


def _place(made: builders.Dashboard, section: Section, number: int, line: int) -> int:
    """Puts the panels from `line` on; the line below them."""
    for band in section.bands:
        width = WIDTH // len(band.panels)
        for place, panel in enumerate(band.panels):
            number += 1
            at = GridPos(h=band.height, w=width, x=place * width, y=line)
            made.with_panel(panel.id(number).grid_pos(at))
        line += band.height
    return line


def channels_of(source: DataSourceRef, query: str) -> builders.QueryVariable:
    """The variable `channel`: several side by side, or all of them, which is no sum."""
    several = channel_of(source, query).multi(multi=True).include_all(include_all=True)
    return several.current(VariableOption(text=[ANYTHING], value=[ANYTHING], selected=True))


def channel_of(source: DataSourceRef, query: str) -> builders.QueryVariable:
    """The variable `channel`: one."""
    return (
        builders.QueryVariable("channel")
        .datasource(source)
        .label("Channel")
        .description("* is any channel. Channels are shown side by side and never added.")
        .query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .current(VariableOption(text=ANYTHING, value=ANYTHING, selected=True))
    )


def zone_of(source: DataSourceRef, query: str) -> builders.QueryVariable:
    """The variable `zone`: in whose days."""
    return (
        builders.QueryVariable("zone")
        .datasource(source)
        .label("Zone")
        .description("In whose local days; PENONTON_DAY_STARTS says at which hour they begin.")
        .query(query)
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
    )


def _others() -> builders.DashboardLink:
    return (
        builders.DashboardLink("Penonton")
        .type(DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(as_dropdown=False)
        .include_vars(include_vars=True)
        .keep_time(keep_time=True)
    )


def _chosen(name: str, plugin: str) -> builders.DatasourceVariable:
    return builders.DatasourceVariable(name).label(name.capitalize()).type(plugin)
