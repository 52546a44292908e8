"""Board *Apache*."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import NONE_EXPECTED, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import multi_variable
from integrations.apache.board_queries import BY, OF, busy, rate, seconds, value

DOWN = 'status=~".*(Err|Stop|Dis|HcFl).*"'
NOT_FREE = 'state!~"idle|open_slot"'


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Apache",
        "Apache httpd: requests, workers by what they do, connections, traffic and balancers.",
        [
            multi_variable("dc", "Datacenter", f"label_values(apache_up{{{OF}}}, dc)"),
            multi_variable("instance", "Server", f'label_values(apache_up{{{OF}, dc=~"$dc"}}, instance)'),
        ],
        [_now(), _servers(), _requests(), _workers(), _balancers()],
        [alert_annotation('alertname=~"Apache.*|Integration.*", dc=~"$dc"')],
    )


def _now() -> Section:
    return "Now", [
        Stat(
            Metadata("Servers", "Servers that are checked.", "short"), instant_query(or_zero(f"count({value('up')})"))
        ),
        Stat(
            Metadata("Down", "Servers whose status page can't be read.", "short"),
            instant_query(or_zero(f"count({value('up')} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Requests", "Requests per second, of all servers together.", "reqps"),
            Query(rate("accesses_total", by="")),
        ),
        Stat(
            Metadata("Busiest", "Busy workers over all that it may have, of the busiest server.", "percentunit"),
            instant_query(f"max({busy()})"),
            thresholds(0.8, 0.95),
        ),
        Stat(
            Metadata("Workers down", "Workers of balancers that get no requests.", "short"),
            instant_query(or_zero(f"count({value('proxy_balancer_status', DOWN)})")),
            NONE_EXPECTED,
        ),
    ]


def _servers() -> Section:
    keys = {"instance": "Server", "dc": "Datacenter", "version": "Version", "mpm": "MPM"}
    info = f"max by ({', '.join(keys)}) ({value('info')})"

    def column(query: str) -> str:
        return f"{info} * on ({BY}) group_left () (max by ({BY}) ({query}))"

    return "Servers", [
        table(
            Metadata("All servers", "One row for each server, with its multi-processing module (MPM).", "short"),
            keys,
            [
                Column("Up for", column(value("uptime_seconds_total")), "s"),
                Column("Requests", column(rate("accesses_total")), "reqps"),
                Column("Seconds of a request", column(seconds()), "s"),
                Column("Busy", column(busy()), "percentunit"),
                Column("Sent", column(f"8192 * {rate('sent_kilobytes_total')}"), "bps"),
                Column("CPU", column(f"sum by ({BY}) ({rate('cpu_time_ms_total')}) / 1000")),
            ],
        ),
    ]


def _requests() -> Section:
    return "Requests", [
        timeseries(
            Metadata("Requests by server", "Per second. One that gets none while others do was taken out.", "reqps"),
            [Query(rate("accesses_total"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Seconds of a request", "On average, with the whole time of downloads.", "s"),
            [Query(seconds(), "{{instance}}")],
        ).no_value("No request in this time"),
        timeseries(
            Metadata("Apache traffic", "Bits per second that each server sent.", "bps"),
            [Query(f"8192 * {rate('sent_kilobytes_total')}", "{{instance}}")],
        ),
        timeseries(
            Metadata("CPU", "Cores that each server uses, its children counted once they have ended.", "short"),
            [Query(f"{rate('cpu_time_ms_total')} / 1000", "{{instance}}")],
        ),
    ]


def _workers() -> Section:
    return "Workers", [
        timeseries(
            Metadata("Busy workers", "Over all that it may have. At 1 further requests wait.", "percentunit"),
            [Query(busy(), "{{instance}}")],
            max_value=1,
        ),
        timeseries(
            Metadata("Workers by what they do", "Of all servers; slots that are free are left out.", "short"),
            [Query(f"sum by (state) ({value('scoreboard', NOT_FREE)})", "{{state}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Connections", "Of event and worker: those that need no worker are among them.", "short"),
            [Query(f"sum by (state) ({value('connections')})", "{{state}}")],
        ).no_value("Prefork counts no connections"),
        timeseries(
            Metadata("Processes", "All of them, and those that end.", "short"),
            [Query(value("processes"), "{{instance}} {{state}}")],
        ).no_value("Prefork counts no processes"),
    ]


def _balancers() -> Section:
    return "Balancers", [
        timeseries(
            Metadata("Requests by worker", "Per second, that each worker of a balancer got.", "reqps"),
            [Query(rate("proxy_balancer_accesses_total", by="balancer, worker"), "{{worker}}")],
        ).no_value("No balancer"),
        timeseries(
            Metadata("Busy by worker", "Requests that each worker answers now.", "short"),
            [Query(f"sum by (balancer, worker) ({value('proxy_balancer_busy')})", "{{worker}}")],
        ).no_value("No balancer"),
        timeseries(
            Metadata("Workers down", "Workers of balancers that are in error, stopped or disabled.", "short"),
            [Query(f"count by (worker, status) ({value('proxy_balancer_status', DOWN)})", "{{worker}} {{status}}")],
        ).no_value("None is down"),
    ]
