"""The big numbers of a section, side by side in one panel: none of their names is cut off on a small screen."""

from collections.abc import Iterator, Sequence

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import stat
from grafana_foundation_sdk.models import common, dashboard

from dashboards.panels.layout import COLUMNS
from dashboards.panels.panel import About, Number, common_parts, raw
from dashboards.panels.query import Query

TEXT_COLUMNS = 4
HEIGHT = 3
NAME_PIXELS, VALUE_PIXELS = 13, 26
PLAIN = "text"  # Grafana's name for the colour of its text


def numbers(heading: str, members: Sequence[Number]) -> Iterator[stat.Panel]:
    """Yield a panel for each text, and one of that heading for all numbers, as wide as what the texts leave.

    The panel's description tells of each number what it is.
    """
    texts = [one for one in members if one.about.unit == "string"]
    for one in texts:
        yield _text(one)
    counted = [one for one in members if one not in texts]
    if counted:
        yield _counted(heading, counted, COLUMNS - TEXT_COLUMNS * len(texts))


def _counted(heading: str, members: Sequence[Number], columns: int) -> stat.Panel:
    described = "\n".join(f"- **{one.about.title}**: {one.about.description}" for one in members)
    queries = [Query(one.query.expression, one.about.title, one.query.instant) for one in members]
    panel = common_parts(stat.Panel(), About(heading, described, "short"), queries).span(columns).height(HEIGHT)
    for one in members:
        panel = panel.override_by_name(one.about.title, list(_looks(one)))
    return (
        _plain(panel)
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .wide_layout(False)
        .text(common_builders.VizTextDisplayOptions().title_size(NAME_PIXELS).value_size(VALUE_PIXELS))
    )


def _text(one: Number) -> stat.Panel:
    panel = common_parts(stat.Panel(), one.about, [one.query], one.steps, one.links)
    panel = panel.span(TEXT_COLUMNS).height(HEIGHT)
    return _plain(panel).text_mode(common.BigValueTextMode.NAME)


def _plain(panel: stat.Panel) -> stat.Panel:
    colour = builders.FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color(PLAIN)
    last = common_builders.ReduceDataOptions().calcs(["lastNotNull"])
    return panel.color_scheme(colour).graph_mode(common.BigValueGraphMode.NONE).reduce_options(last)


def _looks(one: Number) -> Iterator[dashboard.DynamicConfigValue]:
    yield dashboard.DynamicConfigValue("unit", one.about.unit)
    if one.steps:
        yield dashboard.DynamicConfigValue("thresholds", {"mode": "absolute", "steps": raw(one.steps)})
        yield dashboard.DynamicConfigValue("color", {"mode": "thresholds"})
    if one.links:
        links = [{"title": link.title, "url": link.url} for link in one.links]
        yield dashboard.DynamicConfigValue("links", links)
