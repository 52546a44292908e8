"""Board *Fleet*: every host on one page, also those not scraped, and what will be full."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels import host_promql
from dashboards.panels.alert_table import alert_table, alerts_link
from dashboards.panels.annotation import alert_annotation, reboot_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.colours import OK, WARNING
from dashboards.panels.link import link
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import NODES, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.thresholds import NONE_EXPECTED, Threshold
from dashboards.panels.variable import fleet_variables
from dashboards.sections.fleet import ALERTS, capacity, hosts

FLEET = ("dc", "env", "team")  # what links to other boards of a fleet carry along


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Fleet",
        "All hosts: status, top ten, capacity, time to full. A click on a host opens it.",
        fleet_variables(),
        [
            _stats(),
            hosts.host_map(),
            hosts.host_list(),
            hosts.top_ten(),
            capacity.capacity(),
            capacity.time_to_full_table(),
            _alerts(),
        ],
        [alert_annotation(ALERTS), reboot_annotation(NODES)],
    )


def _stats() -> Section:
    def firing(severity: str) -> str:
        return or_zero(f'count(ALERTS{{alertstate="firing", severity="{severity}", {ALERTS}}})')

    return "Now", [
        Stat(
            Metadata("Hosts up", "Hosts that answer.", "short"), instant_query(or_zero(f"count({host_promql.UP} == 1)"))
        ),
        Stat(
            Metadata("Hosts down", "Hosts that Prometheus scrapes and that don't answer.", "short"),
            instant_query(or_zero(f"count({host_promql.UP} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata(
                "Hosts not scraped",
                "Hosts of all environments and teams that are registered in Consul and not scraped by Prometheus.",
                "short",
            ),
            instant_query(or_zero(f"count({host_promql.not_scraped()})")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Hosts leaving", "Hosts that have announced that they leave.", "short"),
            instant_query(or_zero('count(vigie_discovery_leaving{target_job="node", target_dc=~"$dc"} == 1)')),
        ),
        Stat(
            Metadata("Spot notices", "Hosts that the cloud is about to take away.", "short"),
            instant_query(or_zero(f"count(vigie_spot_interruption_imminent{{{NODES}}} == 1)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Critical", "Alerts of severity critical, firing now: they page.", "short"),
            instant_query(firing("critical")),
            NONE_EXPECTED,
            links=[alerts_link("", FLEET)],
        ),
        Stat(
            Metadata("Warnings", "Alerts of severity warning, firing now.", "short"),
            instant_query(firing("warning")),
            [Threshold(None, OK), Threshold(1, WARNING)],
            links=[alerts_link("", FLEET)],
        ),
        Stat(
            Metadata("Containers", "Containers that run on these hosts.", "short"),
            instant_query(or_zero(f'count(container_last_seen{{{NODES}, name!=""}})')),
            links=[link("Containers", "containers", {}, FLEET)],
        ),
    ]


def _alerts() -> Section:
    return "Alerts", [alert_table(Metadata("Alerts of the fleet", "Pending and firing.", "short"), ALERTS)]
