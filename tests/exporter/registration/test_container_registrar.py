"""The life of containers' endpoints in a real Consul agent; the containers are made by hand."""

import socket
import time

import pytest
import requests

from exporter.docker.container import PublishedPort
from exporter.registration.container_plan import Limits
from exporter.registration.record import LEAVING, OWNER, Record, owner

from .container_stand_ins import HOST, WEB, Containers, checks, count, passes, services

pytestmark = pytest.mark.integration


def test_container_that_starts_is_registered_with_a_check(consul, watch, make_container, wait_until):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        containers = Containers()
        registrar = watch(consul.url, containers)
        containers.be(make_container(state="created"))
        containers.be(make_container(published_ports=(PublishedPort(8080, "tcp", "0.0.0.0", port),)))
        wait_until(lambda: count(registrar, "vigie_autodiscovery_endpoints registered") == 1)
        (instance,) = requests.get(f"{consul.url}/v1/health/service/app-web", timeout=10).json()
        service = instance["Service"]
        assert (service["ID"], service["Address"], service["Port"]) == (WEB, "127.0.0.1", port)
        assert service["Meta"]["instance"] == "web-1/web:8080"
        assert service["Tags"] == ["prometheus"]
        assert checks(consul, "app-web") == {"the application's port takes connections": "passing"}
    wait_until(lambda: checks(consul, "app-web") == {"the application's port takes connections": "critical"})
    assert services(consul) == {WEB}


def test_unchanged_record_is_not_written_again(consul, watch, make_container, wait_until):
    containers = Containers(make_container())
    registrar = watch(consul.url, containers)
    wait_until(lambda: services(consul) == {WEB})
    passes(registrar)
    containers.be(make_container(health="healthy"), make_container("other", labels={}))
    passes(registrar)
    assert registrar._agent.writes == [("register", WEB)]
    containers.be(make_container(published_ports=(PublishedPort(8080, "tcp", "0.0.0.0", 18081),)))
    wait_until(lambda: registrar._agent.services()[WEB].port == 18081)
    assert registrar._agent.writes == [("register", WEB)] * 2


def test_host_without_labels_asks_consul_once(consul, watch, make_container, wait_until):
    containers = Containers(make_container(labels={}))
    registrar = watch(consul.url, containers)
    wait_until(lambda: registrar._reconciled == ())
    reconciled_at = registrar._reconciled_at
    for number in range(3):
        containers.be(make_container(labels={}, restart_count=number))
        time.sleep(0.5)
    assert registrar._reconciled_at == reconciled_at


@pytest.mark.parametrize("end_of_container", ["exit 0", "removal", "rename"])
def test_end_is_announced_and_deregistered(consul, watch, make_container, wait_until, end_of_container):
    containers = Containers(make_container())
    registrar = watch(consul.url, containers)
    wait_until(lambda: services(consul) == {WEB})
    renamed = [make_container("new")]
    containers.be(
        *{"exit 0": [make_container(state="exited", finished_at=time.time())], "removal": [], "rename": renamed}[
            end_of_container
        ]
    )
    wait_until(lambda: WEB not in services(consul))
    assert registrar._agent.writes[-1] == ("deregister", WEB, {WEB: LEAVING})
    assert services(consul) == ({f"vigie:{HOST}:new:8080"} if end_of_container == "rename" else set())
    wait_until(lambda: count(registrar, "vigie_autodiscovery_endpoints leaving") == 0)


def test_restart_keeps_the_registration(consul, watch, make_container, wait_until):
    containers = Containers(make_container())
    registrar = watch(consul.url, containers)
    wait_until(lambda: services(consul) == {WEB})
    for state in ("exited", "running", "restarting", "running"):
        containers.be(make_container(state=state, finished_at=time.time()))
        time.sleep(0.25)
    wait_until(lambda: registrar._agent.maintenance_reasons() == {})
    passes(registrar)
    assert services(consul) == {WEB}
    assert [write for write in registrar._agent.writes if write[0] == "deregister"] == []


def test_crash_stays_failing_for_its_time(consul, watch, make_container, wait_until):
    containers = Containers(make_container())
    registrar = watch(consul.url, containers, limits=Limits(crashed_retention_seconds=6, check_interval_seconds=1))
    wait_until(lambda: services(consul) == {WEB})
    crashed_at = time.time()
    containers.be(make_container(state="exited", exit_code=137, finished_at=crashed_at))
    wait_until(lambda: set(checks(consul, "app-web").values()) == {"critical"}, 5)
    # Nobody listens at the port, so that the check may have failed before the end was noticed.
    wait_until(lambda: count(registrar, "vigie_autodiscovery_endpoints crashed") == 1, 5)
    wait_until(lambda: services(consul) == set())
    assert time.time() - crashed_at >= 6
    assert registrar._agent.writes[-1] == ("deregister", WEB, {WEB: LEAVING})


def test_crash_is_not_kept_where_another_container_answers_by_now(consul, watch, make_container, wait_until):
    containers = Containers(make_container())
    watch(consul.url, containers, limits=Limits(crashed_retention_seconds=600, check_interval_seconds=1))
    wait_until(lambda: services(consul) == {WEB})
    crashed = make_container(state="exited", exit_code=137, finished_at=time.time())
    containers.be(crashed, make_container("new"))
    wait_until(lambda: services(consul) == {WEB.replace(":web:", ":new:")})


def test_only_what_is_ours_is_removed(consul, helper, watch, make_container, wait_until):
    mine = {OWNER: owner(HOST)}
    others = [
        Record("vigie:web-2:x:80", "app-x", "127.0.0.1", 80, (), {OWNER: owner("web-2")}, {}),
        Record(f"vigie:{HOST}:claimed:80", "app-claimed", "127.0.0.1", 80, (), {}, {}),
        Record(f"vigie:{HOST}:theirs:80", "shop", "127.0.0.1", 80, (), mine, {}),
        Record("app-by-hand", "app-by-hand", "127.0.0.1", 80, (), mine, {}),
        Record("vigie-exporter:web-1:9100", "vigie-exporter", "127.0.0.1", 9100, (), mine, {}),
    ]
    stale = Record(f"vigie:{HOST}:gone:80", "app-gone", "127.0.0.1", 80, (), mine, {})
    for record in (*others, stale):
        helper.register(record)
    registrar = watch(consul.url, Containers(make_container()))
    wait_until(lambda: services(consul) == {WEB, *(record.id for record in others)})
    passes(registrar)
    assert services(consul) == {WEB, *(record.id for record in others)}
    assert helper.maintenance_reasons() == {}


def test_nothing_is_removed_before_the_containers_are_known(consul, helper, watch, make_container, wait_until):
    helper.register(Record(WEB, "app-web", "127.0.0.1", 1, (), {OWNER: owner(HOST)}, {}))
    containers = Containers(is_known=False)
    registrar = watch(consul.url, containers)
    time.sleep(2)
    assert services(consul) == {WEB}
    assert helper.maintenance_reasons() == {}
    containers.be(make_container())
    wait_until(lambda: helper.services()[WEB].port == 18080)
    assert [write[0] for write in registrar._agent.writes] == ["register"]
