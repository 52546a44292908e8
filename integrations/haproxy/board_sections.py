"""The sections of the board *HAProxy* about errors, times, sessions, health checks and the process."""

from dashboards.panels.board import Section
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query
from dashboards.panels.timeseries import timeseries
from integrations.haproxy.board_queries import process as of_process
from integrations.haproxy.board_queries import rate, value


def errors() -> Section:
    """Return the section of what goes wrong between clients, HAProxy and servers."""
    server = "proxy, server"
    return "Errors", [
        timeseries(
            Metadata("Errors by server", "Answers with 500 or above; the rest of a backend's HAProxy said.", "reqps"),
            [
                Query(rate("server_http_responses_total", server, 'code="5xx"'), "{{proxy}}/{{server}}"),
                Query(rate("backend_http_responses_total", more='code="5xx"'), "{{proxy}} in all"),
            ],
        ),
        timeseries(
            Metadata("Connections that failed", "Attempts to connect to a server that failed, per second.", "ops"),
            [
                Query(rate("server_connection_errors_total", server), "{{proxy}}/{{server}}"),
                Query(rate("server_response_errors_total", server), "{{proxy}}/{{server}} while answering"),
            ],
        ),
        timeseries(
            Metadata("Tried again", "Requests that were sent once more, and those that another server got.", "ops"),
            [
                Query(rate("backend_retry_warnings_total"), "{{proxy}} again"),
                Query(rate("backend_redispatch_warnings_total"), "{{proxy}} elsewhere"),
            ],
        ),
        timeseries(
            Metadata("Given up", "Transfers that clients or servers ended before their time, per second.", "ops"),
            [
                Query(rate("backend_client_aborts_total"), "{{proxy}} by clients"),
                Query(rate("backend_server_aborts_total"), "{{proxy}} by servers"),
            ],
        ),
        timeseries(
            Metadata("Bad and denied requests", "Requests that are no HTTP, and those that a rule denied.", "ops"),
            [
                Query(rate("frontend_request_errors_total"), "{{proxy}} bad"),
                Query(rate("frontend_requests_denied_total"), "{{proxy}} denied"),
            ],
        ),
    ]


def times() -> Section:
    """Return the section of where a request's time goes, on average of the last 1024 requests."""
    return "Times", [
        timeseries(
            Metadata("Time of an answer", "From the request to the server's first byte. Above 1 s it alerts.", "s"),
            [Query(value("backend_response_time_average_seconds"), "{{proxy}} on {{instance}}")],
        ),
        timeseries(
            Metadata("Time in the queue", "How long requests wait for a free server.", "s"),
            [Query(value("backend_queue_time_average_seconds"), "{{proxy}} on {{instance}}")],
        ),
        timeseries(
            Metadata("Time to connect", "How long a connection to a server takes to be there.", "s"),
            [Query(value("backend_connect_time_average_seconds"), "{{proxy}} on {{instance}}")],
        ),
        timeseries(
            Metadata("Slowest answer", "The longest time of an answer since the start, by server.", "s"),
            [Query(value("server_max_response_time_seconds"), "{{proxy}}/{{server}}")],
        ),
    ]


def sessions() -> Section:
    """Return the section of sessions, their limits and the queue."""
    limit = f"({value('frontend_limit_sessions')} > 0)"
    return "Sessions and queue", [
        timeseries(
            Metadata("Sessions over their limit", "At 1 a frontend takes no further client.", "percentunit"),
            [Query(f"{value('frontend_current_sessions')} / {limit}", "{{proxy}} on {{instance}}")],
        ),
        timeseries(
            Metadata("Sessions", "Sessions of each frontend, and of each server's connections.", "short"),
            [
                Query(f"sum by (proxy) ({value('frontend_current_sessions')})", "{{proxy}}"),
                Query(f"sum by (proxy, server) ({value('server_current_sessions')})", "{{proxy}}/{{server}}"),
            ],
        ),
        timeseries(
            Metadata("New sessions", "Sessions that begin in each frontend, per second.", "ops"),
            [Query(rate("frontend_sessions_total"), "{{proxy}}")],
        ),
        timeseries(
            Metadata("Queue", "Requests that wait because every server of the backend is at its maxconn.", "short"),
            [Query(value("backend_current_queue"), "{{proxy}} on {{instance}}")],
        ),
        timeseries(
            Metadata("Kept connections", "Share of requests that found a connection to a server open.", "percentunit"),
            [
                Query(
                    f"{rate('backend_connection_reuses_total')} / ({rate('backend_http_responses_total')} > 0)",
                    "{{proxy}}",
                )
            ],
        ).no_value("No backend answers HTTP"),
    ]


def checks() -> Section:
    """Return the section of the health checks."""
    return "Health checks", [
        timeseries(
            Metadata("Servers that serve", "Active servers of each backend; a backup counts once it serves.", "short"),
            [Query(value("backend_active_servers"), "{{proxy}} on {{instance}}")],
        ),
        timeseries(
            Metadata("Time of a check", "How long the last check took. Near its timeout it fails now and then.", "s"),
            [Query(value("server_check_duration_seconds"), "{{proxy}}/{{server}}")],
        ),
        timeseries(
            Metadata("Failed checks", "Checks that failed, per second: before a server is called down.", "ops"),
            [Query(rate("server_check_failures_total", "proxy, server"), "{{proxy}}/{{server}}")],
        ),
    ]


def process() -> Section:
    """Return the section of the process itself."""
    connections, limit = of_process("current_connections"), of_process("max_connections")
    return "Process", [
        timeseries(
            Metadata("Connections over maxconn", "At 1 nothing further is accepted, on any frontend.", "percentunit"),
            [Query(f"{connections} / ({limit} > 0)", "{{instance}}")],
        ),
        timeseries(
            Metadata("Idle", "Time that the threads have left. Below 20 % it alerts.", "percentunit"),
            [Query(f"{of_process('idle_time_percent')} / 100", "{{instance}}")],
            max_value=1,
        ),
        timeseries(
            Metadata("New connections", "Connections that were accepted, per second.", "ops"),
            [Query(f"rate({of_process('connections_total')}[{RATE}])", "{{instance}}")],
        ),
        timeseries(
            Metadata("New TLS sessions", "Handshakes per second; each costs as much as many requests.", "ops"),
            [Query(of_process("current_frontend_ssl_key_rate"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Memory of pools", "What HAProxy's own memory pools have, and what of it is in use.", "bytes"),
            [
                Query(of_process("pool_allocated_bytes"), "{{instance}} allocated"),
                Query(of_process("pool_used_bytes"), "{{instance}} in use"),
            ],
        ),
        timeseries(
            Metadata("Up for", "Since the start, or the last reload.", "s"),
            [Query(of_process("uptime_seconds"), "{{instance}}")],
        ),
    ]
