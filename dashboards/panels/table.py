"""Tables: several instant queries, joined row by row on the labels that all of them share."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.builders import table as builders
from grafana_foundation_sdk.models import dashboard, prometheus

from dashboards.panels.link import Link
from dashboards.panels.metadata import Metadata
from dashboards.panels.panel import data_source, set_common_options, target
from dashboards.panels.query import instant_query, ref_id
from dashboards.panels.thresholds import Threshold, encode_thresholds
from dashboards.panels.value_mapping import ValueMapping, encode_value_mappings

SHORT_HEIGHT = 5  # of a table that mostly has few rows
LONG_HEIGHT = 18  # of a table that has a row for each of hundreds: some twenty are seen
MIN_PIXELS = 88  # room for a heading of two short words


class Column(NamedTuple):
    """One query: its value's heading and looks, or (with `labels`, by name to heading) the labels that it adds."""

    title: str
    expression: str
    unit: str = "short"
    thresholds: Sequence[Threshold] = ()
    value_mappings: Mapping[int, ValueMapping] = {}
    labels: Mapping[str, str] = {}
    gauge_max: float = 0  # drawn as a bar that is full at this value


class LabelStyle(NamedTuple):
    """How a column of a label looks: its width in pixels (0: as the others'), and its texts' colours."""

    width_pixels: int = 0
    colours: Mapping[str, str] = {}


def table(
    metadata: Metadata,
    keys: Mapping[str, str],
    columns: Sequence[Column],
    links: Sequence[Link] = (),
    sort: str = "",
    *,
    lowest_first: bool = False,
    label_styles: Mapping[str, LabelStyle] = {},
) -> builders.Panel:
    """Return a table: `keys` are the labels, with their headings, that make a row; a column may lack some rows.

    A column without a title shows only its labels. `links` are on the keys; `sort` is a heading,
    whose largest value comes first, without `lowest_first`. `label_styles`, by heading, are those of keys.
    """
    # Grafana gives each column 150 pixels by default, which no list of hosts has on a small screen.
    panel = set_common_options(builders.Panel(), metadata, []).span(24).height(10).no_value("-").min_width(MIN_PIXELS)
    for index, column in enumerate(columns):
        query = target(instant_query(column.expression), ref_id(index))
        panel = panel.with_target(query.format(prometheus.PromQueryFormat.TABLE))
    panel = panel.with_transformation(dashboard.DataTransformerConfig(id_val="merge", options={}))
    panel = panel.with_transformation(
        dashboard.DataTransformerConfig(id_val="organize", options=_organize(keys, columns))
    )
    for column in columns:
        if column.title:
            panel = panel.override_by_name(column.title, list(_column_overrides(column)))
    for heading in keys.values():
        overrides = list(_label_overrides(label_styles.get(heading, LabelStyle()), links))
        panel = panel.override_by_name(heading, overrides) if overrides else panel
    if sort:
        panel = panel.sort_by([common.TableSortByFieldState().display_name(sort).desc(not lowest_first)])
    return panel.datasource(data_source())


def lengthen(panel: builders.Panel) -> builders.Panel:
    """Return a table for hundreds of rows: higher, and each column can be filtered by a click beside its heading."""
    return panel.height(LONG_HEIGHT).filterable(True)


def _organize(keys: Mapping[str, str], columns: Sequence[Column]) -> dict[str, Any]:
    """Return which fields are shown, in which order and under which headings."""
    headings = dict(keys)
    hidden = ["Time"]
    for index, column in enumerate(columns):
        # Grafana calls the value by its query, but when there is one query alone.
        value = f"Value #{ref_id(index)}" if len(columns) > 1 else "Value"
        if column.title:
            headings[value] = column.title
        else:
            hidden.append(value)
        headings.update(column.labels)
    return {
        "excludeByName": dict.fromkeys(hidden, True),
        "indexByName": {field: index for index, field in enumerate(headings)},
        "renameByName": {field: heading for field, heading in headings.items() if field != heading},
    }


def _label_overrides(style: LabelStyle, links: Sequence[Link]) -> Iterator[dashboard.DynamicConfigValue]:
    if style.width_pixels:
        yield dashboard.DynamicConfigValue("custom.width", style.width_pixels)
    if style.colours:
        options = {text: {"color": colour} for text, colour in style.colours.items()}
        yield dashboard.DynamicConfigValue("mappings", [{"type": "value", "options": options}])
        yield dashboard.DynamicConfigValue("custom.cellOptions", {"type": "color-text"})
    elif links:
        yield dashboard.DynamicConfigValue("links", [{"title": link.title, "url": link.url} for link in links])


def _column_overrides(column: Column) -> Iterator[dashboard.DynamicConfigValue]:
    yield dashboard.DynamicConfigValue("unit", column.unit)
    if column.value_mappings:
        yield dashboard.DynamicConfigValue("mappings", encode_value_mappings(column.value_mappings))
    if column.thresholds:
        steps = encode_thresholds(column.thresholds)
        yield dashboard.DynamicConfigValue("thresholds", {"mode": "absolute", "steps": steps})
        yield dashboard.DynamicConfigValue("color", {"mode": "thresholds"})
    if column.gauge_max:
        yield dashboard.DynamicConfigValue("min", 0)
        yield dashboard.DynamicConfigValue("max", column.gauge_max)
        yield dashboard.DynamicConfigValue("custom.cellOptions", {"type": "gauge", "mode": "basic"})
    elif column.thresholds or column.value_mappings:
        yield dashboard.DynamicConfigValue("custom.cellOptions", {"type": "color-text"})
