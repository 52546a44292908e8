"""A Consul agent of this host, and containers made by hand, from the fields that autodiscovery reads."""

from types import SimpleNamespace

import pytest

from exporter.docker.container import Container, NetworkAddress, PublishedPort
from exporter.registration.agent import Agent
from exporter.registration.container_plan import Limits
from exporter.registration.container_registrar import ContainerRegistrar
from exporter.registration.host_registrar import HostRegistrar
from exporter.registration.record import Announcement
from exporter.registration.registrar import Timing

from .container_stand_ins import HOST, CountingAgent, end


def container(name="web", labels=None, state="running", **changes):
    fields = {
        "id": (name.encode().hex() + "0" * 64)[:64], "name": name, "image": "labbox:1", "environment": {},
        "labels": {"vigie.port": "8080"} if labels is None else labels,
        "state": state, "created_at": 1000.0, "started_at": 1001.0, "finished_at": 0.0, "exit_code": 0,
        "oom_killed": False, "restart_count": 0, "health": "", "pid": 7 if state == "running" else 0,
        "network_mode": "bridge", "published_ports": (PublishedPort(8080, "tcp", "0.0.0.0", 18080),),
        "addresses": (NetworkAddress("bridge", "172.17.0.2"),), "cgroup_parent": "", "layer_folder": "",
        "data_folder": "",
    }  # fmt: skip
    return Container(**{**fields, **changes})


@pytest.fixture
def make_container():
    """Return `make_container(name, labels, state, **fields)`; once it has ended the daemon tells no ports of it."""

    def make_container(name="web", labels=None, state="running", **changes):
        if state not in {"running", "paused"}:
            changes = {"published_ports": (), "addresses": (), **changes}
        return container(name, labels, state, **changes)

    return make_container


@pytest.fixture
def consul(start_consul):
    return start_consul(node_name=HOST)


@pytest.fixture
def watch():
    """Return `watch(url, containers, token_file=None, …)`: a started registrar; `end(registrar)` kills it."""
    started = []

    def watch(url, containers, token_file=None, maintenance=None, limits=Limits(check_interval_seconds=1), **changes):  # noqa: B008 - frozen
        announcement = Announcement(HOST, "127.0.0.1", 9100)._replace(**changes)
        timing = Timing(0.5, 0.5, leave_window_seconds=0.3)
        host = SimpleNamespace(announcement=announcement, maintenance=maintenance)
        registrar = ContainerRegistrar(CountingAgent(url, token_file, 1), containers, host, limits, timing)
        registrar.host = host
        started.append(registrar)
        registrar.start()
        return registrar

    yield watch
    for registrar in started:
        end(registrar)


@pytest.fixture
def helper(consul):
    agent = Agent(consul.url)
    yield agent
    agent.close()


@pytest.fixture
def announce():
    started = []

    def announce(url, token_file=None, tls=None, **changes):
        announcement = Announcement(HOST, "127.0.0.1", 9100, check_interval_seconds=1)._replace(**changes)
        timing = Timing(1, 0.5, 1, 0.1)
        registrar = HostRegistrar(Agent(url, token_file, 1, tls), announcement, timing)
        started.append(registrar)
        registrar.start()
        return registrar

    yield announce
    for registrar in started:
        registrar.leave()
