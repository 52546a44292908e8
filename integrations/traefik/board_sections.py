"""The sections of the board *Traefik* about services, times, entry points, health, certificates and Traefik itself."""

from dashboards.panels.board import Section
from dashboards.panels.colours import NEUTRAL, OK
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query
from dashboards.panels.table import Column, table
from dashboards.panels.timeseries import timeseries
from integrations.traefik.board_queries import of_service, quantile, rate, value

REQUESTS, DURATION = "service_requests_total", "service_request_duration_seconds"
CLASS = 'label_replace({}, "class", "${{1}}xx", "code", "(.).*")'


def services() -> Section:
    """Return the section of requests and errors by service."""
    requests = rate(of_service(REQUESTS), "service")
    by_class = f"sum by (class) ({CLASS.format(rate(of_service(REQUESTS), 'code'))})"
    errors = rate(of_service(REQUESTS, 'code=~"5.."'), "service, code")
    return "Requests and errors", [
        timeseries(
            Metadata("Requests of services", "The ten services with the most requests, per second.", "reqps"),
            [Query(f"topk(10, {requests})", "{{service}}")],
        ),
        timeseries(
            Metadata("Answers by status", "Answers of all services, by the first digit of their status.", "reqps"),
            [Query(by_class, "{{class}}")],
            stacked=True,
        ),
        timeseries(
            Metadata(
                "Share of errors", "Answers with 500 or above, of each service. Above 5 % it alerts.", "percentunit"
            ),
            [Query(f"sum by (service) ({errors}) / ({requests} > 0)", "{{service}}")],
            max_value=1,
        ).no_value("No service has failed"),
        timeseries(
            Metadata("Errors by status", "502: no connection; 503: no server; 504: too late; 500: its own.", "reqps"),
            [Query(f"topk(10, {errors})", "{{code}} {{service}}")],
        ).no_value("No service has failed"),
    ]


def times() -> Section:
    """Return the section of how long requests take."""
    within = rate(of_service(DURATION + "_bucket", 'le="1.2"'), "service")
    mean = (
        f"{rate(of_service(DURATION + '_sum'), 'service')} / ({rate(of_service(DURATION + '_count'), 'service')} > 0)"
    )
    return "Times", [
        timeseries(
            Metadata("99th percentile", "One of a hundred requests takes longer. Above 2 s it alerts.", "s"),
            [Query(f"topk(10, {quantile(0.99, DURATION, 'service')})", "{{service}}")],
        ),
        timeseries(
            Metadata("Median", "Half of the requests take longer.", "s"),
            [Query(f"topk(10, {quantile(0.5, DURATION, 'service')})", "{{service}}")],
        ),
        timeseries(
            Metadata("Slowest services", "The ten services whose requests take longest on average.", "s"),
            [Query(f"topk(10, {mean})", "{{service}}")],
        ),
        timeseries(
            Metadata(
                "Slower than 1.2 s", "Share of requests that take longer; 1.2 s is a usual bucket.", "percentunit"
            ),
            [Query(f"1 - {within} / ({rate(of_service(DURATION + '_count'), 'service')} > 0)", "{{service}}")],
            max_value=1,
        ),
    ]


def entry_points() -> Section:
    """Return the section of what comes in."""
    every, by = value("traefik_entrypoint_requests_total"), "instance"
    lost = value("traefik_entrypoint_requests_total", 'code="404"')
    of_services = value("traefik_service_requests_total", 'code="404"')
    own = f"({rate(of_services, by)} or 0 * {rate(every, by)})"
    return "Entry points", [
        timeseries(
            Metadata("Requests", "Requests of each entry point, per second.", "reqps"),
            [Query(rate(every, "entrypoint"), "{{entrypoint}}")],
        ),
        timeseries(
            Metadata("Requests without a route", "404 that Traefik says itself: no router fits.", "reqps"),
            [Query(f"{rate(lost, by)} - {own}", "{{instance}}")],
        ),
        timeseries(
            Metadata("Open connections", "Connections of each entry point at this moment.", "short"),
            [
                Query(
                    f"sum by (entrypoint, protocol) ({value('traefik_open_connections')})",
                    "{{entrypoint}} {{protocol}}",
                )
            ],
        ),
        timeseries(
            Metadata("Traffic of clients", "Bits from and to clients, per second.", "bps"),
            [
                Query(f"8 * sum(rate({value('traefik_entrypoint_requests_bytes_total')}[{RATE}]))", "received"),
                Query(f"8 * sum(rate({value('traefik_entrypoint_responses_bytes_total')}[{RATE}]))", "sent"),
            ],
            {"received": NEUTRAL, "sent": OK},
        ),
        timeseries(
            Metadata("TLS versions", "Requests over TLS, per second.", "reqps"),
            [Query(rate(value("traefik_entrypoint_requests_tls_total"), "tls_version"), "TLS {{tls_version}}")],
        ).no_value("No request has come over TLS"),
        timeseries(
            Metadata("Requests of routers", "The ten routers with the most requests; needs addRoutersLabels.", "reqps"),
            [Query(f"topk(10, {rate(of_service('router_requests_total'), 'router')})", "{{router}}")],
        ).no_value("The routers have no metrics"),
    ]


def health() -> Section:
    """Return the section of health checks."""
    return "Health checks", [
        table(
            Metadata("Servers", "1 while a server passes the health check of its service.", "short"),
            {"service": "Service", "url": "Server", "instance": "Traefik"},
            [Column("Up", f"max by (service, url, instance) ({of_service('service_server_up')})")],
        ),
    ]


def certificates() -> Section:
    """Return the section of certificates; of a renewed one the newest counts."""
    by = "cn, sans, instance"
    left = f"max by ({by}) ({value('traefik_tls_certs_not_after')}) - time()"
    return "Certificates", [
        table(
            Metadata("Certificates", "The one that expires first stands on top.", "short"),
            {"cn": "Name", "sans": "Names", "instance": "Traefik"},
            [Column("Expires in", left, "s")],
            sort="Expires in",
            lowest_first=True,
        ),
    ]


def itself() -> Section:
    """Return the section of Traefik's own process."""
    return "Traefik itself", [
        timeseries(
            Metadata("Reloads", "New configurations that it has taken, in five minutes.", "short"),
            [Query(f"increase({value('traefik_config_reloads_total')}[5m])", "{{instance}}")],
        ),
        timeseries(
            Metadata("CPU", "Cores that each Traefik uses.", "short"),
            [Query(f"rate({value('process_cpu_seconds_total')}[{RATE}])", "{{instance}}")],
        ),
        timeseries(
            Metadata("Memory", "Memory that the kernel has given it.", "bytes"),
            [Query(value("process_resident_memory_bytes"), "{{instance}}")],
        ),
        timeseries(
            Metadata(
                "Files over their limit", "Descriptors over their limit. At 1 it accepts no connection.", "percentunit"
            ),
            [Query(f"{value('process_open_fds')} / ({value('process_max_fds')} > 0)", "{{instance}}")],
        ),
        timeseries(
            Metadata("Up for", "Since the start of its process.", "s"),
            [Query(f"time() - {value('process_start_time_seconds')}", "{{instance}}")],
        ),
    ]
