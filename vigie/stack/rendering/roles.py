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


class Place(NamedTuple):
    """Where a Consul agent listens for its fellows and for its clients, and by which name the others know it."""

    bind_address: str
    client_address: str
    joined_as: str


class Fleet(NamedTuple):
    """The addresses of all that one Prometheus asks or sends to."""

    consuls: Sequence[str]
    prometheuses: Sequence[str]
    discoveries: Sequence[str]
    alertmanagers: Sequence[str]
    blackbox: str
    store: str | None
    others: Mapping[str, Sequence[str]]


def files(role: str, settings: Settings) -> Files:
    """Return the text of each file of `role` by its name; raise UsageProblemError for a setting that is missing."""
    return ROLES[role](settings)


def trial(settings: Settings) -> Files:
    """Return the files of the whole stack on one machine, whose containers know one another by name."""
    servers = [f"consul-{number}" for number in (1, 2, 3)]
    fleet = Fleet(
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
        **{f"{name}.json": _server(settings, name, servers, Place(ANY, ANY, name)) for name in servers},
        "consul-agent.json": _client(settings, host, servers, Place(ANY, ANY, host)),
        **{f"prometheus-{number}.yml": _prometheus(settings, fleet, number) for number in PAIR},
        "alertmanager.yml": templates.alertmanager("http://inbox:9112/"),
        "blackbox.yml": templates.blackbox(),
    }


def server(settings: Settings) -> Files:
    """Return the files of a machine with a Consul server."""
    private = _required(settings, "node_name", "private_address", "consul_servers").private_address
    # On the private address too, since Prometheus asks each server for its metrics; access control guards it.
    place = Place(private, f"127.0.0.1 {private}", private)
    return {"consul.json": _server(settings, settings.node_name, settings.consul_servers, place)}


def agent(settings: Settings) -> Files:
    """Return the files of any machine: its Consul agent's."""
    private = _required(settings, "node_name", "private_address", "consul_servers").private_address
    place = Place(private, "127.0.0.1", private)
    return {"consul-agent.json": _client(settings, settings.node_name, settings.consul_servers, place)}


def monitor(settings: Settings) -> Files:
    """Return the files of a machine with one Prometheus of a pair and an Alertmanager, its Consul agent's included."""
    own = _required(settings, "private_address", "consul_servers", "monitors").private_address
    if own not in settings.monitors:
        raise UsageProblemError(f"private_address {own!r} is none of monitors: expected this machine to be one of them")
    fleet = Fleet(
        consuls=[f"{one}:8500" for one in settings.consul_servers],
        prometheuses=[f"{one}:9090" for one in settings.monitors],
        discoveries=[f"{one}:9110" for one in settings.monitors],
        alertmanagers=[f"{one}:9093" for one in settings.monitors],
        blackbox="127.0.0.1:9115",
        store=settings.store,
        others=_others(settings),
    )
    return {
        "prometheus.yml": _prometheus(settings, fleet, settings.monitors.index(own) + 1),
        # Until routes.yml has been delivered, alerts go to the inbox of the same machine.
        "alertmanager.yml": templates.alertmanager("http://127.0.0.1:9112/"),
        "blackbox.yml": templates.blackbox(),
        **agent(settings),
    }


ROLES: dict[str, Callable[[Settings], Files]] = {"agent": agent, "monitor": monitor, "server": server, "trial": trial}


def _prometheus(settings: Settings, fleet: Fleet, number: int) -> str:
    wanted = templates.Prometheus(
        scrape_interval=f"{settings.scrape_interval_seconds * 1000:.0f}ms",
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
    return templates.prometheus(wanted)


def _others(settings: Settings) -> Mapping[str, Sequence[str]]:
    """Return who else is scraped, by job: the monitors' drift, and Traefik with what stands behind it."""
    drifts = [f"{one}:9111" for one in settings.monitors]
    if not settings.front:
        return {"vigie-provision": drifts}
    door = f"{settings.front}:8082"
    return {
        "grafana": [f"{door}/grafana/metrics"],
        "traefik": [door],
        "vigie-console": [f"{door}/console/metrics"],
        "vigie-provision": [*drifts, f"{door}/drift/metrics"],
    }


def _server(settings: Settings, name: str, servers: Sequence[str], place: Place) -> str:
    wanted = templates.Consul(
        node_name=name,
        datacenter=settings.datacenter,
        data_dir=CONSUL_DATA,
        bind_address=place.bind_address,
        client_address=place.client_address,
        servers=len(servers),
        join=[one for one in servers if one != place.joined_as],
    )
    return templates.consul(wanted)


def _client(settings: Settings, name: str, servers: Sequence[str], place: Place) -> str:
    values = {
        "node_name": name,
        "datacenter": settings.datacenter,
        "data_dir": CONSUL_DATA,
        "join": json.dumps(servers),
        "bind_address": place.bind_address,
        "client_address": place.client_address,
    }
    return templates.render(builtin("compose", "agent", "client.json").read_text(), values)


def _required(settings: Settings, *names: str) -> Settings:
    for name in names:
        if not getattr(settings, name):
            variable = f"VIGIE_RENDER_{name.upper()}"
            raise UsageProblemError(f"{name} is not given: set --{name.replace('_', '-')}, or {variable} in .env")
    return settings
