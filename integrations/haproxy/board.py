"""Board *HAProxy*: frontends, backends, servers, and the process itself."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.colours import CRITICAL, NEUTRAL, OK, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import NONE_EXPECTED, ONE_WARNS, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import multi_variable
from integrations.haproxy.board_queries import BACKEND, CHOSEN, OF, rate, value
from integrations.haproxy.board_sections import checks, errors, process, sessions, times

ROW = f"{BACKEND}, server"


def build() -> Dashboard:
    """Return the board."""
    status = "haproxy_backend_status"
    return board(
        "HAProxy",
        "HAProxy: frontends, backends, servers and their health checks, errors, times, queues and connections.",
        [
            multi_variable("dc", "Datacenter", f"label_values(up{{{OF}}}, dc)"),
            multi_variable("instance", "HAProxy", f'label_values(up{{{OF}, dc=~"$dc"}}, instance)'),
            multi_variable("proxy", "Proxy", f"label_values({status}{{{CHOSEN}}}, proxy)"),
        ],
        [_now(), _servers(), _requests(), errors(), times(), sessions(), checks(), process()],
        [alert_annotation('alertname=~"HAProxy.*", dc=~"$dc"')],
    )


def _share() -> str:
    wrong, all_of_them = rate("backend_http_responses_total", more='code="5xx"'), rate("backend_http_responses_total")
    return f"{wrong} / ({all_of_them} > 0)"


def _now() -> Section:
    up = f"up{{{CHOSEN}}}"
    backends, failed = value("backend_status", 'state="UP"'), value("server_status", 'state="DOWN"')
    return "Now", [
        Stat(Metadata("HAProxys", "HAProxys that are scraped.", "short"), instant_query(or_zero(f"count({up})"))),
        Stat(
            Metadata("Down", "HAProxys whose endpoint does not answer.", "short"),
            instant_query(or_zero(f"count({up} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Backends down", "Backends without any server: each request gets 503.", "short"),
            instant_query(or_zero(f"count({backends} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Servers failed", "Servers that fail their health check.", "short"),
            instant_query(or_zero(f"count({failed} == 1)")),
            ONE_WARNS,
        ),
        Stat(
            Metadata("Requests", "Requests per second, of all frontends.", "reqps"),
            Query(f"sum({rate('frontend_http_requests_total')})"),
        ),
        Stat(
            Metadata("Worst backend", "Answers with 500 or above: the largest share of a backend.", "percentunit"),
            Query(f"max({_share()})"),
            thresholds(0.01, 0.05),
        ),
        Stat(
            Metadata("Waiting", "Requests that wait for a free server.", "short"),
            instant_query(or_zero(value("backend_current_queue"))),
            ONE_WARNS,
        ),
    ]


def _servers() -> Section:
    keys = {"proxy": "Backend", "server": "Server", "instance": "HAProxy"}
    check = f'label_replace({value("server_check_status")} == 1, "check", "$1", "state", "(.+)")'

    def column(query: str) -> str:
        return f"max by ({ROW}) ({query})"

    return "Servers", [
        table(
            Metadata("All servers", "One row for each server of a backend, as HAProxy sees it.", "short"),
            keys,
            [
                Column("", f"max by ({ROW}, state) ({value('server_status')} == 1)", labels={"state": "State"}),
                Column("", f"max by ({ROW}, check) ({check})", labels={"check": "Last check"}),
                Column("For", column(value("server_check_last_change_seconds")), "s"),
                Column("Answers", column(rate("server_http_responses_total", ROW)), "reqps"),
                Column("Errors", column(rate("server_http_responses_total", ROW, 'code="5xx"')), "reqps"),
                Column("Sessions", column(value("server_current_sessions"))),
                Column("Waiting", column(value("server_current_queue"))),
                Column("Time of an answer", column(value("server_response_time_average_seconds")), "s"),
                Column("Weight", column(value("server_weight"))),
            ],
        ),
    ]


def _requests() -> Section:
    codes = {"1xx": NEUTRAL, "2xx": OK, "3xx": NEUTRAL, "4xx": WARNING, "5xx": CRITICAL}
    return "Requests", [
        timeseries(
            Metadata("Requests", "HTTP requests of each frontend, per second.", "reqps"),
            [Query(rate("frontend_http_requests_total"), "{{proxy}}")],
        ),
        timeseries(
            Metadata("Answers by status", "Answers of all frontends, those of HAProxy itself among them.", "reqps"),
            [Query(rate("frontend_http_responses_total", "code"), "{{code}}")],
            codes,
            stacked=True,
        ),
        timeseries(
            Metadata("Share of errors", "Answers with 500 or above. Above 5 % it alerts.", "percentunit"),
            [Query(_share(), "{{proxy}}")],
            max_value=1,
        ).no_value("No backend answers HTTP"),
        timeseries(
            Metadata("Requests of servers", "Answers of each server, per second: whether the load is even.", "reqps"),
            [Query(rate("server_http_responses_total", "proxy, server"), "{{proxy}}/{{server}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Traffic of clients", "Bits from and to clients, per second.", "bps"),
            [
                Query(f"8 * sum({rate('frontend_bytes_in_total')})", "received"),
                Query(f"8 * sum({rate('frontend_bytes_out_total')})", "sent"),
            ],
            {"received": NEUTRAL, "sent": OK},
        ),
    ]
