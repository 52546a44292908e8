"""Our house style for panels: a description and a unit always, colours by meaning, ids that never move."""

import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.models import common, dashboard

from dashboards.query import DATASOURCE, Query, reference

# Grafana's palette names, which follow its light and dark themes.
GOOD, WARNING, BAD, NEUTRAL = "green", "orange", "red", "blue"


class About(NamedTuple):
    """What a panel is called, what it tells and how to read it, and its values' unit in Grafana's words."""

    title: str
    description: str
    unit: str


class Level(NamedTuple):
    """From `value` on (None: from the lowest), a number has this colour."""

    value: float | None
    colour: str


def levels(warning: float, bad: float) -> list[Level]:
    """Return the levels of a number that is better the lower it is."""
    return [Level(None, GOOD), Level(warning, WARNING), Level(bad, BAD)]


def stable_id(title: str) -> int:
    """Return a panel's id, made from its title: links to a panel survive the insertion of others."""
    return zlib.crc32(title.encode()) % (2**31 - 1) + 1  # never 0: Grafana does not find that panel


def number(about: About, query: Query, steps: Sequence[Level] = (), width: int = 3) -> stat.Panel:
    """Return a panel with one big number (or the series' name, when the unit is `string`) and its recent course."""
    panel = _common(stat.Panel(), about, [query], steps)
    is_text = about.unit == "string"
    return (
        panel.span(width)
        .height(4)
        .text_mode(common.BigValueTextMode.NAME if is_text else common.BigValueTextMode.VALUE)
        .graph_mode(common.BigValueGraphMode.NONE if query.instant else common.BigValueGraphMode.AREA)
        .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def lines(
    about: About,
    queries: Sequence[Query],
    colours: Mapping[str, str] | None = None,
    *,
    stacked: bool = False,
    highest: float | None = None,
) -> timeseries.Panel:
    """Return a panel with lines over time from 0 up (to `highest`), stacked areas when asked.

    `colours` gives series, by their legend, the colour of what they mean.
    """
    panel = _common(timeseries.Panel(), about, queries, ())
    panel = panel.span(12).height(8).min(0).fill_opacity(70 if stacked else 8).line_width(0 if stacked else 1)
    panel = panel.show_points(common.VisibilityMode.NEVER)
    if stacked:
        panel = panel.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    if highest is not None:
        panel = panel.max(highest)
    for name, colour in (colours or {}).items():
        fixed = dashboard.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})
        panel = panel.override_by_name(name, [fixed])
    legend = common_builders.VizLegendOptions().show_legend(True).display_mode(common.LegendDisplayMode.TABLE)
    legend = legend.placement(common.LegendPlacement.BOTTOM).calcs(["lastNotNull", "max"])
    tooltip = (
        common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
    )
    return panel.legend(legend).tooltip(tooltip)


def row(title: str) -> builders.Row:
    """Return the heading of the panels that follow it."""
    return builders.Row(title).id(stable_id(f"row {title}"))


class _Panel(Protocol):
    """What the builders of all panel types share."""

    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def id(self, id_val: int) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def datasource(self, datasource: common.DataSourceRef) -> Self: ...
    def with_target(self, target: prometheus.Dataquery) -> Self: ...
    def thresholds(self, thresholds: builders.ThresholdsConfig) -> Self: ...
    def color_scheme(self, color: builders.FieldColor) -> Self: ...


P = TypeVar("P", bound=_Panel)


def source() -> common.DataSourceRef:
    """Return the reference to the data source that the board's reader has chosen."""
    return common.DataSourceRef(type_val="prometheus", uid=DATASOURCE)


def _common(panel: P, about: About, queries: Sequence[Query], steps: Sequence[Level]) -> P:
    panel = panel.title(about.title).description(about.description).id(stable_id(about.title))
    panel = panel.unit(about.unit).datasource(source())
    for index, query in enumerate(queries):
        panel = panel.with_target(_target(query, reference(index)))
    if steps:
        thresholds = [dashboard.Threshold(value=step.value, color=step.colour) for step in steps]
        panel = panel.thresholds(builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(thresholds))
        panel = panel.color_scheme(builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
    return panel


def _target(query: Query, ref_id: str) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(query.expression).ref_id(ref_id).datasource(source())
    if query.legend:
        target = target.legend_format(query.legend)
    return target.instant() if query.instant else target.range()
