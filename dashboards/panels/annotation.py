"""Annotations: what happened, drawn over every graph of a board."""

from typing import Any

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.models import common

from dashboards.panels.colours import CRITICAL, NEUTRAL, WARNING
from dashboards.panels.panel import data_source

EVENT_TAG = "vigie"  # what `vigie event` puts on each of its annotations


def event_annotation() -> builders.AnnotationQuery:
    """Return an annotation for each event that people and deployments sent to Grafana."""
    target: Any = builders.AnnotationTarget().limit(100).match_any(False).tags([EVENT_TAG]).type("tags")
    grafana = common.DataSourceRef(type_val="grafana", uid="-- Grafana --")
    annotation = builders.AnnotationQuery().name("Events").datasource(grafana).enable(True).icon_color(NEUTRAL)
    return annotation.target(target)


def reboot_annotation(selector: str) -> builders.AnnotationQuery:
    """Return an annotation at each start of the kernel of the hosts that `selector` matches."""
    # The value is the annotation's time, in milliseconds.
    annotation = _annotation("Reboots", f"node_boot_time_seconds{{{selector}}} * 1000", WARNING)
    return annotation.use_value_for_time(True).title_format("{{instance}} started").tag_keys("dc,instance")


def alert_annotation(selector: str) -> builders.AnnotationQuery:
    """Return an annotation where each alert that `selector` matches and that fires began.

    An area over the time of firing would hide the graphs whenever something fires for long.
    """
    firing = f'ALERTS{{alertstate="firing", severity=~"critical|warning", {selector}}}'
    began = f"ALERTS_FOR_STATE{{{selector}}} * 1000 and ignoring (alertstate) {firing}"
    annotation = _annotation("Alerts", began, CRITICAL).use_value_for_time(True)
    annotation = annotation.title_format("{{alertname}}").text_format("{{severity}} on {{host}}")
    return annotation.tag_keys("dc,host,severity")


def _annotation(name: str, expression: str, colour: str) -> builders.AnnotationQuery:
    query = prometheus.Dataquery().expr(expression).ref_id("A").range()
    annotation = builders.AnnotationQuery().name(name).datasource(data_source()).enable(True).icon_color(colour)
    return annotation.expr(expression).target(query).step("60s")
