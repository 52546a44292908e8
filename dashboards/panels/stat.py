"""Stat panels: the big numbers of a section side by side in one panel, and maps of tiles."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as dashboard_builders
from grafana_foundation_sdk.builders import stat as builders
from grafana_foundation_sdk.models import common, dashboard

from dashboards.panels.layout import COLUMNS
from dashboards.panels.link import Link
from dashboards.panels.metadata import Metadata
from dashboards.panels.panel import set_common_options
from dashboards.panels.query import Query
from dashboards.panels.thresholds import Threshold, encode_thresholds
from dashboards.panels.value_mapping import ValueMapping, encode_value_mappings

TEXT_COLUMNS = 4
HEIGHT = 3
NAME_PIXELS, VALUE_PIXELS = 13, 26
PLAIN = "text"  # Grafana's name for the colour of its text


class Stat(NamedTuple):
    """One big number (with the unit `string`: the series' name) that stands beside the others of its section.

    It has a colour only where `thresholds` give it a meaning; `links` say where a click leads.
    """

    metadata: Metadata
    query: Query
    thresholds: Sequence[Threshold] = ()
    links: Sequence[Link] = ()


def stat_panels(heading: str, stats: Sequence[Stat]) -> Iterator[builders.Panel]:
    """Yield a panel for each text, and one of that heading for all numbers, as wide as what the texts leave.

    In one panel no name is cut off on a small screen. The panel's description says of each number what it is.
    """
    texts = [stat for stat in stats if stat.metadata.unit == "string"]
    for stat in texts:
        yield _text_panel(stat)
    numbers = [stat for stat in stats if stat not in texts]
    if numbers:
        yield _number_panel(heading, numbers, COLUMNS - TEXT_COLUMNS * len(texts))


def stat_tiles(
    metadata: Metadata,
    query: Query,
    thresholds: Sequence[Threshold],
    value_mappings: Mapping[int, ValueMapping] | None = None,
    links: Sequence[Link] = (),
) -> builders.Panel:
    """Return a map of tiles, one for each series, whose whole ground has the colour of its value."""
    panel = set_common_options(builders.Panel(), metadata, [query], thresholds, links)
    return (
        panel.span(24)
        .height(6)
        .mappings(encode_value_mappings(value_mappings or {}))
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .color_mode(common.BigValueColorMode.BACKGROUND_SOLID)
        .graph_mode(common.BigValueGraphMode.NONE)
        .text(common_builders.VizTextDisplayOptions().title_size(13).value_size(22))
        .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def _number_panel(heading: str, stats: Sequence[Stat], columns: int) -> builders.Panel:
    description = "\n".join(f"- **{stat.metadata.title}**: {stat.metadata.description}" for stat in stats)
    queries = [Query(stat.query.expression, stat.metadata.title, stat.query.instant) for stat in stats]
    metadata = Metadata(heading, description, "short")
    panel = set_common_options(builders.Panel(), metadata, queries).span(columns).height(HEIGHT)
    for stat in stats:
        panel = panel.override_by_name(stat.metadata.title, list(_overrides(stat)))
    return (
        _plain(panel)
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .wide_layout(False)
        .text(common_builders.VizTextDisplayOptions().title_size(NAME_PIXELS).value_size(VALUE_PIXELS))
    )


def _text_panel(stat: Stat) -> builders.Panel:
    panel = set_common_options(builders.Panel(), stat.metadata, [stat.query], stat.thresholds, stat.links)
    panel = panel.span(TEXT_COLUMNS).height(HEIGHT)
    return _plain(panel).text_mode(common.BigValueTextMode.NAME)


def _plain(panel: builders.Panel) -> builders.Panel:
    """Return the panel without colours and graph: it shows the last value."""
    colour = dashboard_builders.FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color(PLAIN)
    last = common_builders.ReduceDataOptions().calcs(["lastNotNull"])
    return panel.color_scheme(colour).graph_mode(common.BigValueGraphMode.NONE).reduce_options(last)


def _overrides(stat: Stat) -> Iterator[dashboard.DynamicConfigValue]:
    yield dashboard.DynamicConfigValue("unit", stat.metadata.unit)
    if stat.thresholds:
        steps = encode_thresholds(stat.thresholds)
        yield dashboard.DynamicConfigValue("thresholds", {"mode": "absolute", "steps": steps})
        yield dashboard.DynamicConfigValue("color", {"mode": "thresholds"})
    if stat.links:
        links = [{"title": link.title, "url": link.url} for link in stat.links]
        yield dashboard.DynamicConfigValue("links", links)
