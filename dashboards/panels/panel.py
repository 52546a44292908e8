"""Our house style for panels: a description and a unit always, colours by meaning, ids that never move."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import bargauge, prometheus, stat, timeseries
from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common, dashboard

from dashboards.panels.link import Link
from dashboards.panels.query import DATASOURCE, Query, reference

# Grafana's palette names, which follow its light and dark themes.
GOOD, WARNING, BAD, NEUTRAL, UNKNOWN = "green", "orange", "red", "blue", "purple"


LOWEST_TOP = 0.01  # else a graph of nothing but zeros ends at 100


class About(NamedTuple):
    """What a panel is called, what it tells and how to read it, and its values' unit in Grafana's words."""

    title: str
    description: str
    unit: str


class Level(NamedTuple):
    """From `value` on (None: from the lowest), a number has this colour."""

    value: float | None
    colour: str


class Word(NamedTuple):
    """What stands in place of a number, and its colour."""

    text: str
    colour: str


def levels(warning: float, bad: float) -> list[Level]:
    """Return the levels of a number that is better the lower it is."""
    return [Level(None, GOOD), Level(warning, WARNING), Level(bad, BAD)]


def wanted(value: float) -> list[Level]:
    """Return the levels of a number that is bad below `value`."""
    return [Level(None, BAD), Level(value, GOOD)]


NONE_WANTED = [Level(None, GOOD), Level(1, BAD)]


def stable_id(title: str) -> int:
    """Return a panel's id, made from its title: links to a panel survive the insertion of others."""
    return zlib.crc32(title.encode()) % (2**31 - 1) + 1  # never 0: Grafana does not find that panel


class Number(NamedTuple):
    """One big number among others: its heading, unit and meaning, where it comes from, and where a click leads."""

    about: About
    query: Query
    steps: Sequence[Level] = ()
    links: Sequence[Link] = ()


def number(about: About, query: Query, steps: Sequence[Level] = (), links: Sequence[Link] = ()) -> Number:
    """Return a number (or, when the unit is `string`, the series' name) that stands beside the others of its section.

    It has a colour only where `steps` give it a meaning.
    """
    return Number(about, query, steps, links)


def tiles(
    about: About,
    query: Query,
    steps: Sequence[Level],
    words: Mapping[int, Word] | None = None,
    links: Sequence[Link] = (),
) -> stat.Panel:
    """Return a map of tiles, one for each series, whose whole ground has the colour of its value."""
    panel = common_parts(stat.Panel(), about, [query], steps, links)
    return (
        panel.span(24)
        .height(6)
        .mappings(mappings(words or {}))
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .color_mode(common.BigValueColorMode.BACKGROUND_SOLID)
        .graph_mode(common.BigValueGraphMode.NONE)
        .text(common_builders.VizTextDisplayOptions().title_size(13).value_size(22))
        .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def bars(about: About, query: Query, steps: Sequence[Level] = (), links: Sequence[Link] = ()) -> bargauge.Panel:
    """Return a list of horizontal bars, as long as the values are large; names stand above them, and in full."""
    panel = common_parts(bargauge.Panel(), about, [query], steps, links)
    if not steps:  # else Grafana calls red what is above 80
        panel = panel.color_scheme(builders.FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color(NEUTRAL))
    return (
        panel.min(0)
        .name_placement(common.BarGaugeNamePlacement.TOP)
        .sizing(common.BarGaugeSizing.MANUAL)
        .min_viz_height(28)
        .max_viz_height(32)
        .text(common_builders.VizTextDisplayOptions().title_size(11).value_size(11))
        .orientation(common.VizOrientation.HORIZONTAL)
        .display_mode(common.BarGaugeDisplayMode.BASIC)
        .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def lines(
    about: About,
    queries: Sequence[Query],
    colours: Mapping[str, str] | None = None,
    *,
    stacked: bool = False,
    highest: float | None = None,
    signed: bool = False,
    links: Sequence[Link] = (),
) -> timeseries.Panel:
    """Return a panel with lines over time from 0 up (to `highest`), stacked areas when asked.

    `colours` gives series, by their legend, the colour of what they mean; `signed` values may be below 0.
    """
    panel = common_parts(timeseries.Panel(), about, queries, (), links)
    panel = panel.fill_opacity(70 if stacked else 8).line_width(0 if stacked else 1)
    panel = panel.show_points(common.VisibilityMode.NEVER)
    if not signed:
        panel = panel.min(0).axis_soft_max(LOWEST_TOP)
    if stacked:
        panel = panel.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    if highest is not None:
        panel = panel.max(highest)
    for name, colour in (colours or {}).items():
        fixed = dashboard.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})
        panel = panel.override_by_name(name, [fixed])
    legend = common_builders.VizLegendOptions().show_legend(True).display_mode(common.LegendDisplayMode.LIST)
    legend = legend.placement(common.LegendPlacement.BOTTOM).calcs([])
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
    def data_links(self, links: list[Builder[dashboard.DashboardLink]]) -> Self: ...


P = TypeVar("P", bound=_Panel)


def source() -> common.DataSourceRef:
    """Return the reference to the data source that the board's reader has chosen."""
    return common.DataSourceRef(type_val="prometheus", uid=DATASOURCE)


def common_parts(
    panel: P, about: About, queries: Sequence[Query], steps: Sequence[Level] = (), links: Sequence[Link] = ()
) -> P:
    """Return the panel with what panels of every kind have: what it is about, its queries, colours and links."""
    panel = panel.title(about.title).description(about.description).id(stable_id(about.title))
    panel = panel.unit(about.unit).datasource(source())
    for index, query in enumerate(queries):
        panel = panel.with_target(target(query, reference(index)))
    if steps:
        panel = panel.thresholds(builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(raw(steps)))
        panel = panel.color_scheme(builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
    if links:
        panel = panel.data_links([builders.DashboardLink(one.title).url(one.url) for one in links])
    return panel


def raw(steps: Sequence[Level]) -> list[dashboard.Threshold]:
    """Return levels as Grafana has them."""
    return [dashboard.Threshold(value=step.value, color=step.colour) for step in steps]


def mappings(words: Mapping[int, Word]) -> list[Any]:
    """Return, as Grafana has it, which words stand in place of which numbers."""
    results = {
        str(value): dashboard.ValueMappingResult(text=word.text, color=word.colour, index=index)
        for index, (value, word) in enumerate(words.items())
    }
    return [dashboard.ValueMap(options=results)] if results else []


def target(query: Query, ref_id: str) -> prometheus.Dataquery:
    """Return a query as Grafana has it."""
    made = prometheus.Dataquery().expr(query.expression).ref_id(ref_id).datasource(source())
    if query.legend:
        made = made.legend_format(query.legend)
    return made.instant() if query.instant else made.range()
