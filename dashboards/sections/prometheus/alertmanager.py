"""Board *Prometheus and Alertmanager*: the Alertmanagers."""

from dashboards.panels.board import Section
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import Query
from dashboards.panels.table import SHORT_HEIGHT, Column, table
from dashboards.panels.thresholds import thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.sections.prometheus import ALERTMANAGER, rate


def alertmanager() -> Section:
    """Return members, configuration, alerts and gossip of the Alertmanagers."""

    def newest(name: str) -> str:
        return f"max by (instance) (alertmanager_{name}{{{ALERTMANAGER}}})"

    version = f"max by (instance, version) (alertmanager_build_info{{{ALERTMANAGER}}})"
    return "Alertmanager", [
        table(
            Metadata(
                "Alertmanager by server",
                "One row for each server. A pair must have equal members and configuration.",
                "short",
            ),
            {"instance": "Server"},
            [
                Column("", version, labels={"version": "Version"}),
                Column("Members", newest("cluster_members")),
                Column("Failed members", newest("cluster_failed_peers"), thresholds=thresholds(1, 1)),
                Column("Waiting messages", newest("cluster_messages_queued")),
                Column("Configuration", newest("config_hash"), "none"),
                Column("Receivers", newest("receivers")),
                Column("Groups", newest("dispatcher_aggregation_groups")),
            ],
        ).height(SHORT_HEIGHT),
        timeseries(
            Metadata(
                "Alerts received", "Alerts per second that each Alertmanager received, and those it refused.", "ops"
            ),
            [
                Query(rate("alertmanager_alerts_received_total", ALERTMANAGER), "{{instance}} received"),
                Query(rate("alertmanager_alerts_invalid_total", ALERTMANAGER), "{{instance}} refused"),
            ],
        ),
        timeseries(
            Metadata("Gossip", "Messages between Alertmanagers per second.", "ops"),
            [
                Query(rate("alertmanager_cluster_messages_sent_total", ALERTMANAGER), "{{instance}} sent"),
                Query(rate("alertmanager_cluster_messages_received_total", ALERTMANAGER), "{{instance}} received"),
            ],
        ).no_value("A single Alertmanager has no cluster"),
    ]
