"""What happens to containers' endpoints when the exporter or its host leaves, and under maintenance."""

import signal
import time

import pytest

from exporter.docker.container import PublishedPort
from exporter.registration.record import INTERRUPTION, LEAVING

from .container_stand_ins import HOST, WEB, Containers, count, end, passes, services

pytestmark = pytest.mark.integration

ELSEWHERE = (PublishedPort(8080, "tcp", "0.0.0.0", 18081),)


def test_what_a_killed_exporter_left_is_taken_over(consul, watch, make_container, wait_until):
    crashed = make_container("old", state="exited", exit_code=1, finished_at=time.time())
    first = watch(consul.url, Containers(make_container(), make_container("old", published_ports=ELSEWHERE)))
    wait_until(lambda: len(services(consul)) == 2)
    end(first)
    first._agent.set_maintenance(WEB, LEAVING)  # it was killed while it left
    second = watch(consul.url, Containers(make_container(), crashed))
    wait_until(lambda: first._agent.maintenance_reasons() == {})
    passes(second)
    assert services(consul) == {WEB, f"vigie:{HOST}:old:8080"}
    assert count(second, "vigie_autodiscovery_endpoints crashed") == 1
    first._agent.close()


def test_leaving_of_the_host_takes_everything_with_it(consul, watch, make_container, wait_until):
    registrar = watch(consul.url, Containers(make_container(), make_container("api")))
    wait_until(lambda: len(services(consul)) == 2)
    registrar.leave()
    assert services(consul) == set()
    reasons = {WEB: LEAVING, f"vigie:{HOST}:api:8080": LEAVING}
    assert next(write[2] for write in registrar._agent.writes if write[0] == "deregister") == reasons


def test_leaving_a_frozen_agent_ends_in_time(consul, watch, make_container, wait_until):
    registrar = watch(consul.url, Containers(make_container()))
    wait_until(lambda: services(consul) == {WEB})
    consul.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        registrar.leave()
        assert time.monotonic() - began < 10
    finally:
        consul.signal(signal.SIGCONT)


def test_interruption_is_maintenance_of_what_starts_later_too(consul, watch, make_container, wait_until):
    containers = Containers(make_container())
    registrar = watch(consul.url, containers, maintenance=INTERRUPTION)
    wait_until(lambda: registrar._agent.maintenance_reasons() == {WEB: INTERRUPTION})
    registrar.host.maintenance = None
    wait_until(lambda: registrar._agent.maintenance_reasons() == {})


def test_operators_maintenance_is_left(consul, helper, watch, make_container, wait_until):
    registrar = watch(consul.url, Containers(make_container()))
    wait_until(lambda: services(consul) == {WEB})
    helper.set_maintenance(WEB, "moving, ask Ann")
    passes(registrar)
    assert helper.maintenance_reasons() == {WEB: "moving, ask Ann"}
