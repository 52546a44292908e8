"""Containers' endpoints where Consul is away, denies, or containers are hostile."""

import signal

import msgspec
import pytest
import requests

from exporter.registration.container_plan import Limits

from .container_stand_ins import HOST, WEB, Containers, count, put, services

pytestmark = pytest.mark.integration


def test_agent_away_and_back_empty(start_consul, free_port, watch, make_container, wait_until):
    port = free_port()
    containers = Containers(make_container())
    registrar = watch(f"http://127.0.0.1:{port}", containers)
    wait_until(lambda: count(registrar, "vigie_autodiscovery_errors_total unreachable") > 1)
    assert count(registrar, "vigie_autodiscovery_endpoints pending") == 1
    consul = start_consul(port=port, node_name=HOST)
    wait_until(lambda: services(consul) == {WEB})
    consul.stop(signal.SIGKILL)
    for path in sorted((consul.folder / "data").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    containers.be(make_container(), make_container("api"))
    consul.start()
    wait_until(lambda: len(services(consul)) == 2)


def test_what_somebody_deregistered_comes_back(consul, watch, make_container, wait_until):
    watch(consul.url, Containers(make_container()))
    wait_until(lambda: services(consul) == {WEB})
    put(consul, f"/v1/agent/service/deregister/{WEB}")
    wait_until(lambda: services(consul) == {WEB})


def test_another_machines_agent_is_refused(start_consul, watch, make_container, wait_until):
    consul = start_consul(node_name="db-7")
    registrar = watch(consul.url, Containers(make_container()))
    wait_until(lambda: count(registrar, "vigie_autodiscovery_errors_total refused") > 0)
    assert services(consul) == set()
    watch(consul.url, Containers(make_container()), allows_foreign_agent=True)
    wait_until(lambda: services(consul) == {WEB})


def test_refusals_are_on_the_page_and_logged_once(consul, watch, make_container, wait_until, capsys):
    bad = make_container("bad", {"vigie.port": "http"})
    containers = Containers(bad, make_container())
    registrar = watch(consul.url, containers)
    wait_until(lambda: services(consul) == {WEB})
    containers.be(bad, make_container(), make_container("api"))
    wait_until(lambda: len(services(consul)) == 2)
    assert count(registrar, "vigie_autodiscovery_refused port") == 1
    assert capsys.readouterr().out.count("refused what a container asks for") == 1
    containers.be(make_container())
    wait_until(lambda: count(registrar, "vigie_autodiscovery_refused port") == 0)


def test_denied_service_does_not_hold_up_the_others(start_consul, watch, make_container, wait_until, tmp_path):
    root = "00000000-0000-0000-0000-000000000001"
    consul = start_consul(
        node_name=HOST, acl={"enabled": True, "default_policy": "deny", "tokens": {"master": root, "agent": root}}
    )
    session = requests.Session()
    session.headers["X-Consul-Token"] = root
    rules = 'service_prefix "app-" { policy = "write" } service "app-denied" { policy = "deny" }'
    policy = {"Name": "apps", "Rules": rules}
    session.put(f"{consul.url}/v1/acl/policy", json=policy, timeout=10).raise_for_status()
    token = session.put(f"{consul.url}/v1/acl/token", json={"Policies": [{"Name": "apps"}]}, timeout=10).json()
    (tmp_path / "token").write_text(token["SecretID"])
    containers = Containers(make_container("a", {"vigie.port": "8080", "vigie.job": "denied"}), make_container())
    registrar = watch(consul.url, containers, tmp_path / "token", advertise_address="127.0.0.1")

    def held():
        return set(session.get(f"{consul.url}/v1/agent/services", timeout=10).json())

    wait_until(lambda: held() == {WEB})
    wait_until(lambda: count(registrar, "vigie_autodiscovery_errors_total denied") > 1)
    assert 'service_prefix "app-" { policy = "write" }' in registrar._last_failure
    assert count(registrar, "vigie_autodiscovery_endpoints pending") == 1
    assert registrar._agent.writes.count(("register", WEB)) == 1
    second = session.put(f"{consul.url}/v1/acl/token", json={"Policies": [{"Name": "apps"}]}, timeout=10).json()
    (tmp_path / "token").write_text(second["SecretID"])
    wait_until(lambda: registrar._agent.writes.count(("register", WEB)) == 2, what="the takeover with the new token")
    session.close()


def test_hostile_containers_break_nothing(consul, watch, make_container, wait_until, capsys):
    labels = {"vigie.port": "8080", "vigie.label.a/b": "x", "vigie.label.job": "node", "vigie.label.big": "x" * 100_000}
    hostile = [
        make_container("evil", labels | {f"vigie.label.n{number}": "v" * 512 for number in range(500)}),
        make_container("evil2", {"vigie.port": "1,2,3", "vigie.job": "../../vigie-exporter"}),
        make_container("evil3", {"vigie.port": ",".join(map(str, range(1, 5000)))}, network_mode="host"),
        make_container(created_at=1.0),
    ]
    hostile = [msgspec.structs.replace(registrar, id=f"{number:064x}") for number, registrar in enumerate(hostile)]
    registrar = watch(consul.url, Containers(*hostile), limits=Limits(max_endpoints=5))
    wait_until(lambda: count(registrar, "vigie_autodiscovery_endpoints registered") == 5)
    assert count(registrar, "vigie_autodiscovery_refused too_many") == 4999 - 3
    assert {WEB, f"vigie:{HOST}:evil:8080"} < services(consul)
    assert len(registrar._agent.services()[f"vigie:{HOST}:evil:8080"].meta) <= 64
    refused = [line for line in capsys.readouterr().out.splitlines() if "refused what a container asks for" in line]
    assert len(refused) == 3
