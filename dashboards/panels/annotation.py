"""Annotations: what happened, drawn over every graph of a board."""

from typing import Any

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.models import common

from dashboards.panels.panel import BAD, NEUTRAL, WARNING, source

EVENT_TAG = "vigie"  # what `vigie event` puts on each of its annotations


def events() -> builders.AnnotationQuery:
    """Return the marks of what people and deployments told Grafana."""
    tagged: Any = builders.AnnotationTarget().limit(100).match_any(False).tags([EVENT_TAG]).type("tags")
    grafana = common.DataSourceRef(type_val="grafana", uid="-- Grafana --")
    mark = builders.AnnotationQuery().name("Events").datasource(grafana).enable(True).icon_color(NEUTRAL)
    return mark.target(tagged)


def reboots(selector: str) -> builders.AnnotationQuery:
    """Return a mark at each start of the kernel of the hosts that `selector` matches."""
    # The value is the time of the mark, in milliseconds.
    mark = _query("Reboots", f"node_boot_time_seconds{{{selector}}} * 1000", WARNING)
    return mark.use_value_for_time(True).title_format("{{instance}} started").tag_keys("dc,instance")


def alerts(selector: str) -> builders.AnnotationQuery:
    """Return a mark where each alert that `selector` matches and that fires began.

    An area over the time of firing would hide the graphs whenever something fires for long.
    """
    firing = f'ALERTS{{alertstate="firing", severity=~"critical|warning", {selector}}}'
    mark = _query("Alerts", f"ALERTS_FOR_STATE{{{selector}}} * 1000 and ignoring (alertstate) {firing}", BAD)
    mark = mark.use_value_for_time(True).title_format("{{alertname}}").text_format("{{severity}} on {{host}}")
    return mark.tag_keys("dc,host,severity")


def _query(name: str, expression: str, colour: str) -> builders.AnnotationQuery:
    query = prometheus.Dataquery().expr(expression).ref_id("A").range()
    mark = builders.AnnotationQuery().name(name).datasource(source()).enable(True).icon_color(colour)
    return mark.expr(expression).target(query).step("60s")
