"""Board *nginx*."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.colours import CRITICAL, NEUTRAL, OK, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import NONE_EXPECTED
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import multi_variable

OF = 'integration="nginx"'
CHOSEN = f'{OF}, dc=~"$dc", instance=~"$instance"'
BY = "dc, instance"


def build() -> Dashboard:
    """Return the board."""
    return board(
        "nginx",
        "nginx: requests, connections by what they do, and connections that were dropped.",
        [
            multi_variable("dc", "Datacenter", f"label_values(nginx_up{{{OF}}}, dc)"),
            multi_variable("instance", "Server", f'label_values(nginx_up{{{OF}, dc=~"$dc"}}, instance)'),
        ],
        [_now(), _servers(), _requests(), _connections()],
        [alert_annotation('alertname=~"Nginx.*|Integration.*", dc=~"$dc"')],
    )


def _value(name: str) -> str:
    return f"nginx_{name}{{{CHOSEN}}}"


def _rate(name: str) -> str:
    return f"rate({_value(name)}[{RATE}])"


def _dropped() -> str:
    return f"{_rate('connections_accepted')} - {_rate('connections_handled')}"


def _seconds() -> str:
    """Return how long a request takes: those under way over those that come each second."""
    return f"avg_over_time({_value('connections_writing')}[{RATE}]) / ({_rate('http_requests_total')} > 0)"


def _now() -> Section:
    return "Now", [
        Stat(
            Metadata("Servers", "Servers that are checked.", "short"), instant_query(or_zero(f"count({_value('up')})"))
        ),
        Stat(
            Metadata("Down", "Servers whose status page can't be read.", "short"),
            instant_query(or_zero(f"count({_value('up')} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Requests", "Requests per second, of all servers together.", "reqps"),
            Query(f"sum({_rate('http_requests_total')})"),
        ),
        Stat(
            Metadata("Connections", "Open connections of clients, of all servers together.", "short"),
            instant_query(f"sum({_value('connections_active')})"),
        ),
        Stat(
            Metadata("Servers that drop", "Servers that closed connections at once for want of resources.", "short"),
            instant_query(or_zero(f"count({_dropped()} > 0)")),
            NONE_EXPECTED,
        ),
    ]


def _servers() -> Section:
    def column(query: str) -> str:
        return f"max by ({BY}) ({query})"

    return "Servers", [
        table(
            Metadata("All servers", "One row for each server.", "short"),
            {"instance": "Server", "dc": "Datacenter"},
            [
                Column("Requests", column(_rate("http_requests_total")), "reqps"),
                Column("Connections", column(_value("connections_active"))),
                Column("Under way", column(_value("connections_writing"))),
                Column("Waiting", column(_value("connections_waiting"))),
                Column("New connections", column(_rate("connections_accepted")), "ops"),
                Column("Dropped", column(_dropped()), "ops"),
                Column("Seconds of a request", column(_seconds()), "s"),
            ],
        ),
    ]


def _requests() -> Section:
    per_connection = f"{_rate('http_requests_total')} / ({_rate('connections_handled')} > 0)"
    return "Requests", [
        timeseries(
            Metadata("Requests by server", "Per second. One that gets none while others do was taken out.", "reqps"),
            [Query(_rate("http_requests_total"), "{{instance}}")],
        ),
        timeseries(
            Metadata(
                "Seconds of a request",
                "Requests under way over requests a second. WebSockets and long polls make it long.",
                "s",
            ),
            [Query(_seconds(), "{{instance}}")],
        ),
        timeseries(
            Metadata("Requests of a connection", "Near 1 no connection is kept alive, and TLS costs most.", "short"),
            [Query(per_connection, "{{instance}}")],
        ),
    ]


def _connections() -> Section:
    states = {"reading": WARNING, "under way": OK, "waiting": NEUTRAL}
    return "Connections", [
        timeseries(
            Metadata("Connections", "Open connections of clients. More than worker_connections are dropped.", "short"),
            [Query(_value("connections_active"), "{{instance}}")],
        ),
        timeseries(
            Metadata(
                "Connections by what they do", "Of all servers. Many that read: clients that send slowly.", "short"
            ),
            [
                Query(f"sum({_value('connections_reading')})", "reading"),
                Query(f"sum({_value('connections_writing')})", "under way"),
                Query(f"sum({_value('connections_waiting')})", "waiting"),
            ],
            states,
            stacked=True,
        ),
        timeseries(
            Metadata("New and dropped connections", "Per second. Each dropped one is an error at a client.", "ops"),
            [
                Query(f"sum({_rate('connections_accepted')})", "new"),
                Query(f"sum({_dropped()})", "dropped"),
            ],
            {"new": OK, "dropped": CRITICAL},
        ),
    ]
