"""What panels of every type have: metadata, data source, queries, thresholds and links."""

from collections.abc import Sequence
from typing import Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common, dashboard

from dashboards.panels.link import Link
from dashboards.panels.metadata import Metadata, panel_id
from dashboards.panels.query import DATASOURCE, Query, ref_id
from dashboards.panels.thresholds import Threshold, encode_thresholds


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


def set_common_options(
    panel: P,
    metadata: Metadata,
    queries: Sequence[Query],
    thresholds: Sequence[Threshold] = (),
    links: Sequence[Link] = (),
) -> P:
    """Return the panel with what panels of every type have; it has colours only where it has thresholds."""
    panel = panel.title(metadata.title).description(metadata.description).id(panel_id(metadata.title))
    panel = panel.unit(metadata.unit).datasource(data_source())
    for index, query in enumerate(queries):
        panel = panel.with_target(target(query, ref_id(index)))
    if thresholds:
        config = builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE)
        panel = panel.thresholds(config.steps(encode_thresholds(thresholds)))
        panel = panel.color_scheme(builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
    if links:
        panel = panel.data_links([builders.DashboardLink(link.title).url(link.url) for link in links])
    return panel


def row(title: str) -> builders.Row:
    """Return the heading of the panels that follow it."""
    return builders.Row(title).id(panel_id(f"row {title}"))


def data_source() -> common.DataSourceRef:
    """Return the reference to the data source that the board's reader has chosen."""
    return common.DataSourceRef(type_val="prometheus", uid=DATASOURCE)


def target(query: Query, ref_id: str) -> prometheus.Dataquery:
    """Return a query as Grafana has it."""
    builder = prometheus.Dataquery().expr(query.expression).ref_id(ref_id).datasource(data_source())
    if query.legend:
        builder = builder.legend_format(query.legend)
    return builder.instant() if query.instant else builder.range()
