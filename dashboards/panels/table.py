"""Tables: several queries of the present, joined row by row on the labels that all of them share."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.builders import table as builders
from grafana_foundation_sdk.models import dashboard, prometheus

from dashboards.panels.link import Link
from dashboards.panels.panel import About, Level, Word, common_parts, mappings, raw, source, target
from dashboards.panels.query import now, reference

SHORT = 5  # the height of a table that mostly has few rows
MIN_PIXELS = 88  # room for a heading of two short words


class Column(NamedTuple):
    """One query: its value's heading and looks, or (with `labels`, by name to heading) the labels that it adds."""

    title: str
    expression: str
    unit: str = "short"
    steps: Sequence[Level] = ()
    words: Mapping[int, Word] = {}
    labels: Mapping[str, str] = {}
    bar_up_to: float = 0  # drawn as a bar that is full at this value


class Looks(NamedTuple):
    """How a column of texts looks: its width in pixels (0: as the others'), and its texts' colours."""

    pixels: int = 0
    colours: Mapping[str, str] = {}


def table(
    about: About,
    keys: Mapping[str, str],
    columns: Sequence[Column],
    links: Sequence[Link] = (),
    sort: str = "",
    *,
    lowest_first: bool = False,
    looks: Mapping[str, Looks] = {},
) -> builders.Panel:
    """Return a table: `keys` are the labels, with their headings, that make a row; a column may lack some rows.

    A column without a title shows only its labels. `links` are on the keys; `sort` is a heading,
    whose largest value comes first unless told. `looks`, by heading, are those of keys.
    """
    # Grafana wants 150 pixels for each column unless told, which no list of hosts has on a small screen.
    panel = common_parts(builders.Panel(), about, []).span(24).height(10).no_value("-").min_width(MIN_PIXELS)
    for index, column in enumerate(columns):
        made = target(now(column.expression), reference(index)).format(prometheus.PromQueryFormat.TABLE)
        panel = panel.with_target(made)
    panel = panel.with_transformation(dashboard.DataTransformerConfig(id_val="merge", options={}))
    panel = panel.with_transformation(dashboard.DataTransformerConfig(id_val="organize", options=_order(keys, columns)))
    for column in columns:
        if column.title:
            panel = panel.override_by_name(column.title, list(_looks(column)))
    for title in keys.values():
        found = list(_key_looks(looks.get(title, Looks()), links))
        panel = panel.override_by_name(title, found) if found else panel
    if sort:
        panel = panel.sort_by([common.TableSortByFieldState().display_name(sort).desc(not lowest_first)])
    return panel.datasource(source())


def _order(keys: Mapping[str, str], columns: Sequence[Column]) -> dict[str, Any]:
    """Return which fields are shown, in which order and under which headings."""
    names = dict(keys)
    hidden = ["Time"]
    for index, column in enumerate(columns):
        # Grafana calls the value by its query, but when there is one query alone.
        value = f"Value #{reference(index)}" if len(columns) > 1 else "Value"
        if column.title:
            names[value] = column.title
        else:
            hidden.append(value)
        names.update(column.labels)
    return {
        "excludeByName": dict.fromkeys(hidden, True),
        "indexByName": {name: index for index, name in enumerate(names)},
        "renameByName": {name: title for name, title in names.items() if name != title},
    }


def _key_looks(looks: Looks, links: Sequence[Link]) -> Iterator[dashboard.DynamicConfigValue]:
    if looks.pixels:
        yield dashboard.DynamicConfigValue("custom.width", looks.pixels)
    if looks.colours:
        options = {text: {"color": colour} for text, colour in looks.colours.items()}
        yield dashboard.DynamicConfigValue("mappings", [{"type": "value", "options": options}])
        yield dashboard.DynamicConfigValue("custom.cellOptions", {"type": "color-text"})
    elif links:
        yield dashboard.DynamicConfigValue("links", [{"title": one.title, "url": one.url} for one in links])


def _looks(column: Column) -> Iterator[dashboard.DynamicConfigValue]:
    yield dashboard.DynamicConfigValue("unit", column.unit)
    if column.words:
        yield dashboard.DynamicConfigValue("mappings", mappings(column.words))
    if column.steps:
        yield dashboard.DynamicConfigValue("thresholds", {"mode": "absolute", "steps": raw(column.steps)})
        yield dashboard.DynamicConfigValue("color", {"mode": "thresholds"})
    if column.bar_up_to:
        yield dashboard.DynamicConfigValue("min", 0)
        yield dashboard.DynamicConfigValue("max", column.bar_up_to)
        yield dashboard.DynamicConfigValue("custom.cellOptions", {"type": "gauge", "mode": "basic"})
    elif column.steps or column.words:
        yield dashboard.DynamicConfigValue("custom.cellOptions", {"type": "color-text"})
