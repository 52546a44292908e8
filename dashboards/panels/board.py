"""A board as a whole: its variables, annotations and sections of panels."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard

from dashboards.panels.annotation import event_annotation
from dashboards.panels.layout import BARGAUGE_HEIGHT, TIMESERIES_HEIGHT, run_widths
from dashboards.panels.panel import row
from dashboards.panels.stat import Stat, stat_panels

TAG = "vigie"

Panel = stat.Panel | timeseries.Panel | bargauge.Panel | table.Panel
Section = tuple[str, Sequence[Panel | Stat]]


class FoldedSection(NamedTuple):
    """A section whose panels are shown, and ask Prometheus, only once somebody opens it."""

    heading: str
    panels: Sequence[Panel]


def board(
    title: str,
    description: str,
    variables: Iterable[builders.QueryVariable],
    sections: Iterable[Section | FoldedSection],
    annotations: Iterable[builders.AnnotationQuery] = (),
) -> builders.Dashboard:
    """Return a board: the choice of data source and `variables` above, then each section's heading and panels.

    `annotations` are drawn over its graphs beside the events; a list of all our boards carries time and variables
    along.
    """
    builder = (
        builders.Dashboard(title)
        .description(description)
        .tags([TAG])
        .timezone("browser")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .time("now-1h", "now")
        .refresh("30s")
        .annotations([event_annotation(), *annotations])
        .link(_all_boards_link())
        .with_variable(builders.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    for variable in variables:
        builder = builder.with_variable(variable)
    for section in sections:
        builder = (
            _add_folded(builder, section) if isinstance(section, FoldedSection) else _add_section(builder, *section)
        )
    return builder


def _add_section(builder: builders.Dashboard, heading: str, members: Sequence[Panel | Stat]) -> builders.Dashboard:
    """Return the board with the heading and the panels; stats have the heading as their panel's title."""
    for stats in stat_panels(heading, [member for member in members if isinstance(member, Stat)]):
        builder = builder.with_panel(stats)
    panels = [member for member in members if not isinstance(member, Stat)]
    if not panels:
        return builder
    builder = builder.with_row(row(heading))
    for panel in _with_sizes(panels):
        builder = builder.with_panel(panel)
    return builder


def _add_folded(builder: builders.Dashboard, section: FoldedSection) -> builders.Dashboard:
    """Return the board with the heading, in which the panels lie until it is opened."""
    heading = row(section.heading).collapsed(True)
    for panel in _with_sizes(section.panels):
        heading = heading.with_panel(panel)
    return builder.with_row(heading)


def _with_sizes(panels: Sequence[Panel]) -> list[Panel]:
    columns = run_widths([isinstance(panel, timeseries.Panel | bargauge.Panel) for panel in panels])
    has_bars = any(isinstance(panel, bargauge.Panel) for panel in panels)
    height = BARGAUGE_HEIGHT if has_bars else TIMESERIES_HEIGHT
    return [panel.span(width).height(height) if width else panel for panel, width in zip(panels, columns, strict=True)]


def _all_boards_link() -> builders.DashboardLink:
    link = builders.DashboardLink("Boards").type(dashboard.DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.as_dropdown(True).keep_time(True).include_vars(True)
