"""Board *Containers*: which run where, which use most, which are unhealthy."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels import container_promql
from dashboards.panels.alert_table import alert_table
from dashboards.panels.annotation import alert_annotation, reboot_annotation
from dashboards.panels.bargauge import bargauge
from dashboards.panels.board import Section, board
from dashboards.panels.colours import CRITICAL, OK, WARNING
from dashboards.panels.container_table import (
    CONTAINER_HEADINGS,
    CONTAINER_LABEL_STYLES,
    container_columns,
    limit_metadata,
)
from dashboards.panels.link import CELL, container_link, host_link
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import NODES, Query, instant_query, instant_topk, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import lengthen, table
from dashboards.panels.thresholds import NONE_EXPECTED, ONE_WARNS, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import fleet_variables, multi_variable

HOSTS = f'{NODES}, instance=~"$instance"'
SELECTOR = f'{HOSTS}, name!=""'
ALERTS = 'name!="", dc=~"$dc", host=~"$instance"'
BY = "dc, instance, name"
STATE_COLOURS = {"running": OK, "exited": WARNING, "restarting": CRITICAL, "dead": CRITICAL}


def build() -> Dashboard:
    """Return the board."""
    hosts = multi_variable("instance", "Host", f"label_values(up{{{NODES}}}, instance)")
    return board(
        "Containers",
        "All containers of the selected hosts. A click on a container opens it.",
        [*fleet_variables(), hosts],
        [_stats(), _top(), _list(), _over_time(), _alerts()],
        [alert_annotation(ALERTS), reboot_annotation(HOSTS)],
    )


def _stats() -> Section:
    state = f"vigie_container_state{{{SELECTOR}, state"
    return "Now", [
        Stat(
            Metadata("Running", "Containers that run.", "short"),
            instant_query(or_zero(f'count({state}="running"}} == 1)')),
        ),
        Stat(
            Metadata(
                "Stopped",
                "Containers that exist but do not run. The exporter leaves out those that stopped long ago.",
                "short",
            ),
            instant_query(or_zero(f'count({state}!="running"}} == 1)')),
        ),
        Stat(
            Metadata("Unhealthy", "Containers whose own health check fails.", "short"),
            instant_query(or_zero(f'count(vigie_container_health{{{SELECTOR}, health="unhealthy"}} == 1)')),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Restarts", "Restarts of containers in the selected time range.", "short"),
            instant_query(or_zero(container_promql.restarts(SELECTOR, BY))),
            ONE_WARNS,
        ),
        Stat(
            Metadata("OOM kills", "Processes that the kernel killed for memory in the selected time range.", "short"),
            instant_query(or_zero(f"increase(container_oom_events_total{{{SELECTOR}}}[$__range])")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Daemons away", "Hosts whose container daemon does not answer the exporter.", "short"),
            instant_query(or_zero(f"count(vigie_container_daemon_connected{{{HOSTS}}} == 0)")),
            NONE_EXPECTED,
        ),
    ]


def _top() -> Section:
    legend, links = "{{name}} on {{instance}}", [container_link(), host_link()]

    disk = f"({container_promql.disk(SELECTOR, BY, 'read')}) + ({container_promql.disk(SELECTOR, BY, 'written')})"
    of_limit = limit_metadata("Memory of limit", "Working set over the memory limit.")
    return "Top ten", [
        bargauge(
            Metadata("Most CPU", "Cores used.", "short"),
            instant_topk(container_promql.cpu(SELECTOR, BY), legend),
            links=links,
        ),
        bargauge(
            Metadata("Most memory", "Working set.", "bytes"),
            instant_topk(container_promql.memory(SELECTOR, BY), legend),
            links=links,
        ),
        bargauge(
            of_limit, instant_topk(container_promql.memory_of_limit(SELECTOR, BY), legend), thresholds(0.8, 0.95), links
        ),
        bargauge(
            Metadata("Most throttled", "Share of periods in which the CPU quota stopped them.", "percentunit"),
            instant_topk(container_promql.throttled(SELECTOR, BY), legend),
            thresholds(0.1, 0.25),
            links,
        ),
        bargauge(
            Metadata("Most network", "Bits received and sent per second.", "bps"),
            instant_topk(container_promql.network(SELECTOR, BY), legend),
            links=links,
        ),
        bargauge(
            Metadata("Most disk", "Bytes read and written per second.", "Bps"), instant_topk(disk, legend), links=links
        ),
    ]


def _list() -> Section:
    metadata = Metadata(
        "All containers", "One row for each container. A click on a name opens the container or its host.", "short"
    )
    columns = container_columns(SELECTOR, BY)
    links = [container_link(CELL), host_link(CELL)]
    return "List", [
        lengthen(table(metadata, CONTAINER_HEADINGS, columns, links, sort="CPU", label_styles=CONTAINER_LABEL_STYLES))
    ]


def _over_time() -> Section:
    return "Over time", [
        timeseries(
            Metadata("Containers by host", "Containers that run on each host.", "short"),
            [Query(f"count by (dc, instance) (container_last_seen{{{SELECTOR}}})", "{{instance}}")],
            stacked=True,
            links=[host_link()],
        ),
        timeseries(
            Metadata("Containers by state", "Containers by the state that their daemon reports.", "short"),
            [Query(f"sum by (state) (vigie_container_state{{{SELECTOR}}})", "{{state}}")],
            STATE_COLOURS,
            stacked=True,
        ),
        timeseries(
            Metadata("CPU by image", "Cores that the ten busiest images use.", "short"),
            [Query(f"topk(10, {container_promql.cpu(SELECTOR, 'image')})", "{{image}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Memory by image", "Working sets of the ten largest images.", "bytes"),
            [Query(f"topk(10, sum by (image) (container_memory_working_set_bytes{{{SELECTOR}}}))", "{{image}}")],
            stacked=True,
        ),
    ]


def _alerts() -> Section:
    return "Alerts", [alert_table(Metadata("Alerts of containers", "Pending and firing.", "short"), ALERTS)]
