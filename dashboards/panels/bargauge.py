"""Bar gauges: a list of horizontal bars."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import bargauge as builders
from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as dashboard_builders
from grafana_foundation_sdk.models import common, dashboard

from dashboards.panels.colours import NEUTRAL
from dashboards.panels.link import Link
from dashboards.panels.metadata import Metadata
from dashboards.panels.panel import set_common_options
from dashboards.panels.query import Query
from dashboards.panels.thresholds import Threshold


def bargauge(
    metadata: Metadata, query: Query, thresholds: Sequence[Threshold] = (), links: Sequence[Link] = ()
) -> builders.Panel:
    """Return a list of horizontal bars, as long as the values are large; names stand above them, and in full."""
    panel = set_common_options(builders.Panel(), metadata, [query], thresholds, links)
    if not thresholds:  # else Grafana colours red what is above 80
        colour = dashboard_builders.FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color(NEUTRAL)
        panel = panel.color_scheme(colour)
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
