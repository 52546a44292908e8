"""Board *Containers*: which run where, which cost most, which are not well."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels import container_tables as containers
from dashboards.panels.alert_tables import alert_table
from dashboards.panels.annotation import alerts, reboots
from dashboards.panels.board import Section, board, choices, fleet_choices
from dashboards.panels.link import CELL, to_container, to_host
from dashboards.panels.panel import BAD, GOOD, NONE_WANTED, WARNING, About, bars, levels, lines, number
from dashboards.panels.query import NODES, Query, now, or_zero
from dashboards.panels.table import table

HOSTS = f'{NODES}, instance=~"$instance"'
SELECTOR = f'{HOSTS}, name!=""'
ALERTS = 'name!="", dc=~"$dc", host=~"$instance"'
BY = "dc, instance, name"
STATE_COLOURS = {"running": GOOD, "exited": WARNING, "restarting": BAD, "dead": BAD}


def build() -> Dashboard:
    """Return the board."""
    hosts = choices("instance", "Host", f"label_values(up{{{NODES}}}, instance)")
    return board(
        "Containers",
        "All containers of the chosen hosts: a click on one opens it.",
        [*fleet_choices(), hosts],
        [_numbers(), _top(), _list(), _course(), _alerts()],
        [alerts(ALERTS), reboots(HOSTS)],
    )


def _numbers() -> Section:
    state = f"vigie_container_state{{{SELECTOR}, state"
    return "Now", [
        number(About("Running", "Containers that run.", "short"), now(or_zero(f'count({state}="running"}} == 1)'))),
        number(
            About("Stopped", "Containers that exist but do not run; long stopped ones are not told of.", "short"),
            now(or_zero(f'count({state}!="running"}} == 1)')),
        ),
        number(
            About("Unhealthy", "Containers whose own health check fails.", "short"),
            now(or_zero(f'count(vigie_container_health{{{SELECTOR}, health="unhealthy"}} == 1)')),
            NONE_WANTED,
        ),
        number(
            About("Restarts", "Containers that started anew in the chosen time, each time counted.", "short"),
            now(or_zero(containers.restarts(SELECTOR, BY))),
            NONE_WANTED,
        ),
        number(
            About("OOM kills", "Kills by the kernel for memory in the chosen time.", "short"),
            now(or_zero(f"increase(container_oom_events_total{{{SELECTOR}}}[$__range])")),
            NONE_WANTED,
        ),
        number(
            About("Daemons away", "Hosts whose container daemon the exporter can't follow.", "short"),
            now(or_zero(f"count(vigie_container_daemon_connected{{{HOSTS}}} == 0)")),
            NONE_WANTED,
        ),
    ]


def _top() -> Section:
    legend, links = "{{name}} on {{instance}}", [to_container(), to_host()]

    def ten(expression: str) -> Query:
        return now(f"topk(10, {expression})", legend)

    disk = f"({containers.disk(SELECTOR, BY, 'read')}) + ({containers.disk(SELECTOR, BY, 'written')})"
    of_limit = containers.about_limit("Memory of limit", "Share of the memory limit that can't be taken away.")
    return "Which cost most", [
        bars(About("Most CPU", "Cores that they use.", "short"), ten(containers.cpu(SELECTOR, BY)), links=links),
        bars(About("Most memory", "Working set.", "bytes"), ten(containers.memory(SELECTOR, BY)), links=links),
        bars(of_limit, ten(containers.memory_of_limit(SELECTOR, BY)), levels(0.8, 0.95), links),
        bars(
            About("Most throttled", "Share of periods in which their CPU quota stopped them.", "percentunit"),
            ten(containers.throttled(SELECTOR, BY)),
            levels(0.1, 0.25),
            links,
        ),
        bars(About("Most network", "Received and sent.", "bps"), ten(containers.network(SELECTOR, BY)), links=links),
        bars(About("Most disk", "Read and written.", "Bps"), ten(disk), links=links),
    ]


def _list() -> Section:
    about = About("All containers", "One row for each; a click on a name opens it, or its host.", "short")
    columns = containers.small_columns(SELECTOR, BY)
    links = [to_container(CELL), to_host(CELL)]
    return "List", [table(about, containers.HEADINGS, columns, links, sort="CPU", looks=containers.LOOKS)]


def _course() -> Section:
    return "Over time", [
        lines(
            About("Containers by host", "Containers that run on each host.", "short"),
            [Query(f"count by (dc, instance) (container_last_seen{{{SELECTOR}}})", "{{instance}}")],
            stacked=True,
            links=[to_host()],
        ),
        lines(
            About("Containers by state", "What the container daemons say.", "short"),
            [Query(f"sum by (state) (vigie_container_state{{{SELECTOR}}})", "{{state}}")],
            STATE_COLOURS,
            stacked=True,
        ),
        lines(
            About("CPU by image", "Cores that the ten busiest images use.", "short"),
            [Query(f"topk(10, {containers.cpu(SELECTOR, 'image')})", "{{image}}")],
            stacked=True,
        ),
        lines(
            About("Memory by image", "Working sets of the ten largest images.", "bytes"),
            [Query(f"topk(10, sum by (image) (container_memory_working_set_bytes{{{SELECTOR}}}))", "{{image}}")],
            stacked=True,
        ),
    ]


def _alerts() -> Section:
    return "Alerts", [alert_table(About("Alerts of containers", "Pending and firing.", "short"), ALERTS)]
