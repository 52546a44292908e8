"""Containers made by hand, from the fields that autodiscovery looks at."""

import pytest

from exporter.docker.container import Container, NetworkAddress, PublishedPort


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
