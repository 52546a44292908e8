"""Board *Traefik*: services, entry points, routers, certificates, and Traefik itself."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.colours import CRITICAL, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import NONE_EXPECTED, Threshold, thresholds
from dashboards.panels.variable import multi_variable
from integrations.traefik.board_queries import CHOSEN, OF, of_service, quantile, rate, value
from integrations.traefik.board_sections import certificates, entry_points, health, itself, services, times

ERRORS = 'code=~"5.."'
DAYS_LEFT = [Threshold(None, CRITICAL), Threshold(3, WARNING), Threshold(14, "green")]


def build() -> Dashboard:
    """Return the board."""
    requests = "traefik_service_requests_total"
    return board(
        "Traefik",
        "Traefik: requests, errors and times of services, entry points, certificates, health checks and reloads.",
        [
            multi_variable("dc", "Datacenter", f"label_values(up{{{OF}}}, dc)"),
            multi_variable("instance", "Traefik", f'label_values(up{{{OF}, dc=~"$dc"}}, instance)'),
            multi_variable("service", "Service", f"label_values({requests}{{{CHOSEN}}}, service)"),
        ],
        [_now(), _services(), services(), times(), entry_points(), health(), certificates(), itself()],
        [alert_annotation('alertname=~"Traefik.*", dc=~"$dc"')],
    )


def _share(by: str) -> str:
    requests = "service_requests_total"
    return f"{rate(of_service(requests, ERRORS), by)} / ({rate(of_service(requests), by)} > 0)"


def _now() -> Section:
    up, left = value("up"), f"({value('traefik_tls_certs_not_after')} - time()) / 86400"
    servers = of_service("service_server_up")
    return "Now", [
        Stat(Metadata("Traefiks", "Traefiks that are scraped.", "short"), instant_query(or_zero(f"count({up})"))),
        Stat(
            Metadata("Down", "Traefiks whose endpoint does not answer.", "short"),
            instant_query(or_zero(f"count({up} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Requests", "Requests per second, of all entry points.", "reqps"),
            Query(f"sum(rate({value('traefik_entrypoint_requests_total')}[{RATE}]))"),
        ),
        Stat(
            Metadata("Worst service", "Answers with 500 or above: the largest share of a service.", "percentunit"),
            Query(f"max({_share('service')}) or vector(0)"),
            thresholds(0.01, 0.05),
        ),
        Stat(
            Metadata("Servers failed", "Servers that fail Traefik's health check.", "short"),
            instant_query(or_zero(f"count({servers} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Days of validity", "Days until the first certificate expires.", "short"),
            instant_query(f"min(max by (dc, instance, cn, sans) ({left}))"),
            DAYS_LEFT,
        ),
    ]


def _services() -> Section:
    keys = {"service": "Service", "instance": "Traefik"}
    by = ", ".join(keys)
    requests = "service_requests_total"
    return "Services", [
        table(
            Metadata("All services", "One row for each service that has had a request since Traefik's start.", "short"),
            keys,
            [
                Column("Requests", rate(of_service(requests), by), "reqps"),
                Column("Errors", rate(of_service(requests, ERRORS), by), "reqps"),
                Column("Share of errors", _share(by), "percentunit", thresholds(0.01, 0.05)),
                Column("Median", quantile(0.5, "service_request_duration_seconds", by), "s"),
                Column("99th percentile", quantile(0.99, "service_request_duration_seconds", by), "s"),
                Column("Sent", rate(of_service("service_responses_bytes_total"), by), "Bps"),
                Column("Servers up", f"sum by ({by}) ({of_service('service_server_up')})"),
            ],
        ),
    ]
