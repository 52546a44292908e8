"""A board as a whole: its frame, its variables, and the JSON that Grafana stores."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from dashboards.panels.annotation import events
from dashboards.panels.layout import BARS_HEIGHT, GRAPH_HEIGHT, runs
from dashboards.panels.panel import Number, row, source
from dashboards.panels.stat import numbers

TAG = "vigie"

Panel = stat.Panel | timeseries.Panel | bargauge.Panel | table.Panel
Section = tuple[str, Sequence[Panel | Number]]


def board(
    title: str,
    description: str,
    variables: Iterable[builders.QueryVariable],
    sections: Iterable[Section],
    marks: Iterable[builders.AnnotationQuery] = (),
) -> builders.Dashboard:
    """Return a board: the choice of data source and `variables` above, then each section's heading and panels.

    `marks` are drawn over its graphs beside the events; a list of all our boards carries time and variables along.
    """
    frame = (
        builders.Dashboard(title)
        .description(description)
        .tags([TAG])
        .timezone("browser")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .time("now-1h", "now")
        .refresh("30s")
        .annotations([events(), *marks])
        .link(_all_boards())
        .with_variable(builders.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    for variable in variables:
        frame = frame.with_variable(variable)
    for section in sections:
        frame = _with_section(frame, *section)
    return frame


def _with_section(frame: builders.Dashboard, heading: str, members: Sequence[Panel | Number]) -> builders.Dashboard:
    """Return the frame with the heading and the panels; numbers have the heading as their panel's title."""
    counted = [one for one in members if isinstance(one, Number)]
    panels = [one for one in members if not isinstance(one, Number)]
    for one in numbers(heading, counted):
        frame = frame.with_panel(one)
    if not panels:
        return frame
    frame = frame.with_row(row(heading))
    columns = runs([isinstance(one, timeseries.Panel | bargauge.Panel) for one in panels])
    height = BARS_HEIGHT if any(isinstance(one, bargauge.Panel) for one in panels) else GRAPH_HEIGHT
    for panel, width in zip(panels, columns, strict=True):
        frame = frame.with_panel(panel.span(width).height(height) if width else panel)
    return frame


def choice(name: str, label: str, values: str) -> builders.QueryVariable:
    """Return a variable whose values come from Prometheus, such as `label_values(node_uname_info, dc)`."""
    return (
        builders.QueryVariable(name)
        .label(label)
        .datasource(source())
        .query(values)
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
    )


def choices(name: str, label: str, values: str) -> builders.QueryVariable:
    """Return a variable of which several values, or all, can be chosen: to be used as `label=~"$name"`."""
    everything = dashboard.VariableOption(text="All", value="$__all")
    return choice(name, label, values).multi(True).include_all(True).all_value(".*").current(everything)


def fleet_choices() -> list[builders.QueryVariable]:
    """Return the variables that narrow a fleet down, as `dashboards.panels.query.CHOSEN` uses them."""
    hosts = 'up{job="node", dc=~"$dc"}'
    return [
        choices("dc", "Datacenter", 'label_values(up{job="node"}, dc)'),
        choices("env", "Environment", f"label_values({hosts}, env)"),
        choices("team", "Team", f"label_values({hosts}, team)"),
    ]


def _all_boards() -> builders.DashboardLink:
    link = builders.DashboardLink("Boards").type(dashboard.DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.as_dropdown(True).keep_time(True).include_vars(True)


def as_json(frame: builders.Dashboard, uid: str) -> dict[str, Any]:
    """Return what is sent to Grafana, and read back from it unchanged but for `id` and `version`.

    Nothing is null: Grafana keeps a null that it is sent, and it would count as a difference.
    """
    encoded = json.loads(json.dumps(frame.uid(uid).build(), cls=JSONEncoder))
    _correct(encoded)
    clean = _without_nulls(encoded)
    assert isinstance(clean, dict)
    return clean


def _correct(encoded: dict[str, Any]) -> None:
    """Take out what the builders add that Grafana has no use for."""
    for one in (*encoded["annotations"]["list"], *encoded["links"]):
        del one["placement"]  # the only one that the builders know hides them in a menu
    for panel in encoded["panels"]:
        defaults = panel.get("fieldConfig", {}).get("defaults", {})
        # They take a link on a value for one on a board, which has much more.
        if defaults.get("links"):
            defaults["links"] = [{"title": one["title"], "url": one["url"]} for one in defaults["links"]]


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        # The lowest threshold is the one whose value is null, so there a null has a meaning.
        return {key: _without_nulls(one) for key, one in value.items() if one is not None or _is_threshold(value)}
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    return value


def _is_threshold(value: dict[str, Any]) -> bool:
    return value.keys() == {"value", "color"}
