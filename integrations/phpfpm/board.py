"""Board *PHP-FPM*."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import NONE_EXPECTED, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import multi_variable

OF = 'integration="phpfpm"'
CHOSEN = f'{OF}, dc=~"$dc", instance=~"$instance"'
BY = "dc, instance"


def build() -> Dashboard:
    """Return the board."""
    return board(
        "PHP-FPM",
        "PHP-FPM: requests, processes and queue of each pool, and slow requests.",
        [
            multi_variable("dc", "Datacenter", f"label_values(php_fpm_up{{{OF}}}, dc)"),
            multi_variable("instance", "Pool", f'label_values(php_fpm_up{{{OF}, dc=~"$dc"}}, instance)'),
        ],
        [_now(), _pools(), _requests(), _processes()],
        [alert_annotation('alertname=~"PhpFpm.*|Integration.*", dc=~"$dc"')],
    )


def _value(name: str) -> str:
    return f"php_fpm_{name}{{{CHOSEN}}}"


def _requests_rate() -> str:
    return f"rate({_value('accepted_connections_total')}[{RATE}])"


def _busy() -> str:
    return f"{_value('active_processes')} / ({_value('total_processes')} > 0)"


def _now() -> Section:
    return "Now", [
        Stat(Metadata("Pools", "Pools that are checked.", "short"), instant_query(or_zero(f"count({_value('up')})"))),
        Stat(
            Metadata("Down", "Pools whose status page can't be read.", "short"),
            instant_query(or_zero(f"count({_value('up')} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Requests", "Requests per second, of all pools together.", "reqps"),
            Query(f"sum({_requests_rate()})"),
        ),
        Stat(
            Metadata("Waiting requests", "Requests that wait for a process, of all pools together.", "short"),
            instant_query(f"sum({_value('listen_queue')})"),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Busiest", "Active processes over all, of the busiest pool.", "percentunit"),
            instant_query(f"max({_busy()})"),
            thresholds(0.9, 1),
        ),
    ]


def _pools() -> Section:
    def column(query: str) -> str:
        return f"max by ({BY}) ({query})"

    return "Pools", [
        table(
            Metadata("All pools", "One row for each pool.", "short"),
            {"instance": "Pool", "dc": "Datacenter"},
            [
                Column("Up for", column(f"time() - {_value('start_time_seconds')}"), "s"),
                Column("Requests", column(_requests_rate()), "reqps"),
                Column("Active", column(_value("active_processes"))),
                Column("Idle", column(_value("idle_processes"))),
                Column("Waiting", column(_value("listen_queue"))),
                Column("Most waiting", column(_value("max_listen_queue"))),
                Column("Most active", column(_value("max_active_processes"))),
            ],
        ),
    ]


def _requests() -> Section:
    seconds = f"avg_over_time({_value('active_processes')}[{RATE}]) / ({_requests_rate()} > 0)"
    return "Requests", [
        timeseries(
            Metadata("Requests by pool", "Per second. One that gets none while others do was taken out.", "reqps"),
            [Query(_requests_rate(), "{{instance}}")],
        ),
        timeseries(
            Metadata("Seconds of a request", "Active processes over requests a second, on average.", "s"),
            [Query(seconds, "{{instance}}")],
        ),
        timeseries(
            Metadata(
                "Slow requests",
                "Longer than request_slowlog_timeout, since the start. The slow log says where.",
                "short",
            ),
            [Query(_value("slow_requests"), "{{instance}}")],
        ),
    ]


def _processes() -> Section:
    return "Processes and queue", [
        timeseries(
            Metadata("Active processes", "Over all of the pool. At 1 further requests wait.", "percentunit"),
            [Query(_busy(), "{{instance}}")],
            max_value=1,
        ),
        timeseries(
            Metadata("Processes", "Active, and all that there are: pm.max_children is the most.", "short"),
            [
                Query(_value("active_processes"), "{{instance}} active"),
                Query(_value("total_processes"), "{{instance}} all"),
            ],
        ),
        timeseries(
            Metadata("Queue", "Requests that wait for a process, and how many may.", "short"),
            [
                Query(_value("listen_queue"), "{{instance}} waiting"),
                Query(_value("listen_queue_length"), "{{instance}} room"),
            ],
        ),
        timeseries(
            Metadata("pm.max_children reached", "How often it was too few, since the start. Steps are peaks.", "short"),
            [Query(_value("max_children_reached"), "{{instance}}")],
        ),
    ]
