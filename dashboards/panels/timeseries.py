"""Timeseries panels: lines or stacked areas over time."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import timeseries as builders
from grafana_foundation_sdk.models import common, dashboard

from dashboards.panels.link import Link
from dashboards.panels.metadata import Metadata
from dashboards.panels.panel import set_common_options
from dashboards.panels.query import Query

MIN_TOP = 0.01  # else a graph of nothing but zeros ends at 100


def timeseries(
    metadata: Metadata,
    queries: Sequence[Query],
    colours: Mapping[str, str] | None = None,
    *,
    stacked: bool = False,
    max_value: float | None = None,
    signed: bool = False,
    links: Sequence[Link] = (),
) -> builders.Panel:
    """Return a panel with lines over time from 0 up (to `max_value`), or with stacked areas.

    `colours` gives series, by their legend, the colour of what they mean; `signed` values may be below 0.
    """
    panel = set_common_options(builders.Panel(), metadata, queries, (), links)
    panel = panel.fill_opacity(70 if stacked else 8).line_width(0 if stacked else 1)
    panel = panel.show_points(common.VisibilityMode.NEVER)
    if not signed:
        panel = panel.min(0).axis_soft_max(MIN_TOP)
    if stacked:
        panel = panel.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    if max_value is not None:
        panel = panel.max(max_value)
    for legend, colour in (colours or {}).items():
        fixed = dashboard.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})
        panel = panel.override_by_name(legend, [fixed])
    return panel.legend(_legend()).tooltip(_tooltip())


def _legend() -> common_builders.VizLegendOptions:
    legend = common_builders.VizLegendOptions().show_legend(True).display_mode(common.LegendDisplayMode.LIST)
    return legend.placement(common.LegendPlacement.BOTTOM).calcs([])


def _tooltip() -> common_builders.VizTooltipOptions:
    return common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
