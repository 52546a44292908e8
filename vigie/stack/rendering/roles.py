"""Which files a machine of each role reads; paths are those inside the containers."""

import json
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError
from vigie.stack import templates
from vigie.stack.rendering.settings import Settings

TARGETS = "/var/lib/vigie/targets"
RULES = "/etc/prometheus/rules"
CONSUL_DATA = "/consul/data"
PROMETHEUS_TOKEN = "/run/secrets/token-prometheus"  # noqa: S105 - where the file is
ANY = "0.0.0.0"  # noqa: S104 - of the network that the containers of the trial have to themselves
PAIR = (1, 2)

Files = Mapping[str, str]


class AgentAddresses(NamedTuple):
    """Where a Consul agent listens for its fellows and for its clients, and by which name the others know it."""

    bind_address: str
    client_address: str
    joined_as: str


class FleetAddresses(NamedTuple):
    """The addresses of all that one Prometheus asks or sends to."""

    consuls: Sequence[str]
    prometheuses: Sequence[str]
    discoveries: Sequence[str]
    alertmanagers: Sequence[str]
    blackbox: str
    store: str | None
    others: Mapping[str, Sequence[str]]


def render_files(role: str, settings: Settings) -> Files:
    """Return the text of each file of `role` by its name; raise UsageProblemError for a setting that is missing."""
    return ROLES[role](settings)


def render_trial(settings: Settings) -> Files:
    """Return the files of the whole stack on one machine, whose containers know one another by name."""
    servers = [f"consul-{number}" for number in (1, 2, 3)]
    fleet = FleetAddresses(
        consuls=[f"{name}:8500" for name in servers],
        prometheuses=[f"prometheus-{number}:9090" for number in PAIR],
        discoveries=[f"discovery-{number}:9110" for number in PAIR],
        alertmanagers=[f"alertmanager-{number}:9093" for number in PAIR],
        blackbox="blackbox:9115",
        store="victoria-metrics:8428",
        others={
            "grafana": ["grafana:3000"],
            "traefik": ["traefik:8082"],
            "vigie-console": ["console:8080"],
            "vigie-provision": [f"drift-{number}:9111" for number in PAIR],
        },
    )
    host = settings.node_name or socket.gethostname()
    return {
        **{f"{name}.json": _server_text(settings, name, servers, AgentAddresses(ANY, ANY, name)) for name in servers},
        "consul-agent.json": _client_text(settings, host, servers, AgentAddresses(ANY, ANY, host)),
        **{f"prometheus-{number}.yml": _prometheus_text(settings, fleet, number) for number in PAIR},
        "alertmanager.yml": templates.render_alertmanager("http://inbox:9112/"),
        "blackbox.yml": templates.render_blackbox(),
    }


def render_server(settings: Settings) -> Files:
    """Return the files of a machine with a Consul server."""
    private = _require(settings, "node_name", "private_address", "consul_servers").private_address
    # On the private address too, since Prometheus asks each server for its metrics; access control guards it.
    addresses = AgentAddresses(private, f"127.0.0.1 {private}", private)
    return {"consul.json": _server_text(settings, settings.node_name, settings.consul_servers, addresses)}


def render_agent(settings: Settings) -> Files:
    """Return the files of any machine: its Consul agent's."""
    private = _require(settings, "node_name", "private_address", "consul_servers").private_address
    addresses = AgentAddresses(private, "127.0.0.1", private)
    return {"consul-agent.json": _client_text(settings, settings.node_name, settings.consul_servers, addresses)}


def render_monitor(settings: Settings) -> Files:
    """Return the files of a machine with one Prometheus of a pair and an Alertmanager, its Consul agent's included."""
    own = _require(settings, "private_address", "consul_servers", "monitors").private_address
    if own not in settings.monitors:
        raise UsageProblemError(f"private_address {own!r} is none of monitors: expected this machine to be one of them")
    fleet = FleetAddresses(
        consuls=[f"{address}:8500" for address in settings.consul_servers],
        prometheuses=[f"{address}:9090" for address in settings.monitors],
        discoveries=[f"{address}:9110" for address in settings.monitors],
        alertmanagers=[f"{address}:9093" for address in settings.monitors],
        blackbox="127.0.0.1:9115",
        store=settings.store,
        others=_list_others(settings),
    )
    return {
        "prometheus.yml": _prometheus_text(settings, fleet, settings.monitors.index(own) + 1),
        # Until routes.yml has been delivered, alerts go to the inbox of the same machine.
        "alertmanager.yml": templates.render_alertmanager("http://127.0.0.1:9112/"),
        "blackbox.yml": templates.render_blackbox(),
        **render_agent(settings),
    }


ROLES: dict[str, Callable[[Settings], Files]] = {
    "agent": render_agent,
    "monitor": render_monitor,
    "server": render_server,
    "trial": render_trial,
}


def _prometheus_text(settings: Settings, fleet: FleetAddresses, number: int) -> str:
    values = templates.PrometheusValues(
        scrape_interval=f"{settings.scrape_interval * 1000:.0f}ms",
        rules_folder=RULES,
        targets_folder=TARGETS,
        prometheuses=fleet.prometheuses,
        alertmanagers=fleet.alertmanagers,
        consuls=fleet.consuls,
        discoveries=fleet.discoveries,
        blackbox=fleet.blackbox,
        replica=f"prometheus-{number}",
        store_url=f"http://{fleet.store}/api/v1/write" if fleet.store else None,
        stores=[fleet.store] if fleet.store else [],
        others=fleet.others,
        consul_token_file=PROMETHEUS_TOKEN,
    )
    return templates.render_prometheus(values)


def _list_others(settings: Settings) -> Mapping[str, Sequence[str]]:
    """Return who else is scraped, by job: the monitors' drift, and Traefik with what stands behind it."""
    drifts = [f"{address}:9111" for address in settings.monitors]
    if not settings.front:
        return {"vigie-provision": drifts}
    traefik = f"{settings.front}:8082"
    return {
        "grafana": [f"{traefik}/grafana/metrics"],
        "traefik": [traefik],
        "vigie-console": [f"{traefik}/console/metrics"],
        "vigie-provision": [*drifts, f"{traefik}/drift/metrics"],
    }


def _server_text(settings: Settings, name: str, servers: Sequence[str], addresses: AgentAddresses) -> str:
    values = templates.ConsulValues(
        node_name=name,
        datacenter=settings.datacenter,
        data_dir=CONSUL_DATA,
        bind_address=addresses.bind_address,
        client_address=addresses.client_address,
        servers=len(servers),
        join=[server for server in servers if server != addresses.joined_as],
    )
    return templates.render_consul(values)


def _client_text(settings: Settings, name: str, servers: Sequence[str], addresses: AgentAddresses) -> str:
    values = {
        "node_name": name,
        "datacenter": settings.datacenter,
        "data_dir": CONSUL_DATA,
        "join": json.dumps(servers),
        "bind_address": addresses.bind_address,
        "client_address": addresses.client_address,
    }
    return templates.fill_in(builtin("compose", "agent", "client.json").read_text(), values)


def _require(settings: Settings, *names: str) -> Settings:
    for name in names:
        if not getattr(settings, name):
            variable = f"VIGIE_RENDER_{name.upper()}"
            raise UsageProblemError(f"{name} is not given: set --{name.replace('_', '-')}, or {variable} in .env")
    return settings
