"""A registration whose Consul agent hangs, restarts or has no servers, against real Consul agents."""

import signal
import time

import pytest

from .container_stand_ins import HOST
from .host_views import catalog, ports, state

pytestmark = pytest.mark.integration


def test_ttl_check_is_kept_passing_and_fails_when_we_hang(consul, announce, wait_until):
    registrar = announce(consul.url, check="ttl")
    wait_until(lambda: state(registrar) == "registered")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:  # longer than the TTL of three beats
        (check,) = [check for check in catalog(consul)[0]["Checks"] if check["ServiceID"]]
        assert (check["Type"], check["Status"]) == ("ttl", "passing")
        time.sleep(0.5)
    registrar._agent.pass_check = lambda _: None
    wait_until(lambda: [check for check in catalog(consul)[0]["Checks"] if check["Status"] == "critical"])


def test_agent_that_restarts_with_its_data_keeps_us(start_consul, announce, wait_until):
    consul = start_consul(node_name=HOST)
    registrar = announce(consul.url)
    wait_until(lambda: state(registrar) == "registered")
    consul.stop(signal.SIGKILL)
    wait_until(lambda: state(registrar) == "failed")
    consul.start()
    wait_until(lambda: state(registrar) == "registered")
    assert ports(consul) == [9100]


def test_frozen_agent_fails_us_until_it_thaws(consul, announce, wait_until):
    registrar = announce(consul.url)
    wait_until(lambda: state(registrar) == "registered")
    consul.signal(signal.SIGSTOP)
    try:
        wait_until(lambda: state(registrar) == "failed" and registrar._errors["timeout"])
    finally:
        consul.signal(signal.SIGCONT)
    wait_until(lambda: state(registrar) == "registered")


def test_leaving_a_frozen_agent_ends_in_time(consul, announce, wait_until):
    registrar = announce(consul.url)
    wait_until(lambda: state(registrar) == "registered")
    consul.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        registrar.leave()
        assert time.monotonic() - began < 10
    finally:
        consul.signal(signal.SIGCONT)
    assert state(registrar) != "left"


def test_servers_without_leader_leave_us_unconfirmed(start_consul, announce, wait_until):
    server = start_consul(node_name="server")
    agent = start_consul(node_name=HOST, server=False, bootstrap_expect=0, retry_join=[f"127.0.0.1:{server.serf_port}"])
    registrar = announce(agent.url)
    wait_until(lambda: state(registrar) == "registered")
    server.signal(signal.SIGSTOP)
    try:
        wait_until(lambda: state(registrar) == "unconfirmed")
    finally:
        server.signal(signal.SIGCONT)
    wait_until(lambda: state(registrar) == "registered")


def test_entry_of_an_earlier_agent_of_our_name_confirms_nothing(start_consul, announce, wait_until):
    """An agent that lost its node ID is refused by the servers, which go on showing what it said before."""
    server = start_consul(node_name="server")
    agent = start_consul(node_name=HOST, server=False, bootstrap_expect=0, retry_join=[f"127.0.0.1:{server.serf_port}"])
    registrar = announce(agent.url)
    wait_until(lambda: state(registrar) == "registered")
    agent.stop(signal.SIGKILL)
    for path in sorted((agent.folder / "data").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    agent.start()
    wait_until(lambda: state(registrar) == "unconfirmed" and not registrar._last_failure, what="an answer without us")
    assert ports(server) == [9100]
