"""A registration under Consul's access control and behind TLS, against a real Consul agent."""

import time
from pathlib import Path

import pytest
import requests

from exporter.registration.agent import Agent
from exporter.registration.host_registrar import HostRegistrar
from exporter.registration.record import SERVICE, Announcement
from exporter.registration.registrar import Timing
from vigie.core.settings import ConsulAccess

pytestmark = pytest.mark.integration
HOST = "web-1"
ROOT_TOKEN = "5b7c0e0a-3f41-4a5e-9d0c-0d5a9a6f0001"
POLICY = 'service "vigie-exporter" { policy = "write" }'
TLS = Path(__file__).parents[2] / "fixtures" / "tls"
CLIENT = {"cert_file": TLS / "client.pem", "key_file": TLS / "client-key.pem"}


class Guarded:
    """A Consul that denies by default, seen with its first token."""

    def __init__(self, running):
        self.url = running.url
        self.headers = {"X-Consul-Token": ROOT_TOKEN}

    def call(self, method, path, body=None):
        for _ in range(50):  # a server is a leader some moments before its access control is there
            answer = requests.request(method, self.url + path, json=body, headers=self.headers, timeout=10)
            if answer.status_code != requests.codes.server_error:
                break
            time.sleep(0.2)
        answer.raise_for_status()
        return answer.json()

    def make_token(self, name, rules):
        self.call("PUT", "/v1/acl/policy", {"Name": name, "Rules": rules})
        token = self.call("PUT", "/v1/acl/token", {"Policies": [{"Name": name}]})
        return token["AccessorID"], token["SecretID"]

    def catalog(self):
        return self.call("GET", f"/v1/health/service/{SERVICE}")


@pytest.fixture
def guarded(start_consul):
    acl = {"enabled": True, "default_policy": "deny", "tokens": {"master": ROOT_TOKEN, "agent": ROOT_TOKEN}}
    return Guarded(start_consul(node_name=HOST, acl=acl, primary_datacenter="dc1"))


@pytest.fixture
def announce(tmp_path):
    started = []

    def announce(url, token=None, tls=None, **changes):
        token_file = tmp_path / "token"
        if token is not None:
            token_file.write_text(token + "\n")
        announcement = Announcement(HOST, "", 9100, advertise_address="127.0.0.1")._replace(**changes)
        agent = Agent(url, token_file if token else None, 1, tls)
        registrar = HostRegistrar(agent, announcement, Timing(1, 0.5, 1, 0.1))
        registrar.token_file = token_file
        started.append(registrar)
        registrar.start()
        return registrar

    yield announce
    for registrar in started:
        registrar.leave()


def state(registrar):
    lines = [line for line in registrar.page().decode().splitlines() if line.startswith("vigie_registration_state{")]
    return next(line.split('"')[1] for line in lines if line.endswith(" 1"))


def test_token_of_exactly_the_policy_registers_and_leaves(guarded, announce, wait_until):
    registrar = announce(guarded.url, guarded.make_token("exporter", POLICY)[1])
    wait_until(lambda: state(registrar) == "accepted")
    assert [instance["Service"]["Port"] for instance in guarded.catalog()] == [9100]
    assert set(registrar._errors.values()) == {0}
    registrar.set_maintenance("vigie: interruption")
    assert "vigie: interruption" in [check["Notes"] for check in guarded.catalog()[0]["Checks"]]
    registrar.leave()
    assert state(registrar) == "left"
    assert guarded.catalog() == []


def test_token_that_may_read_its_node_is_confirmed(guarded, announce, wait_until):
    rules = POLICY + f' node "{HOST}" {{ policy = "read" }}'
    registrar = announce(guarded.url, guarded.make_token("exporter", rules)[1])
    wait_until(lambda: state(registrar) == "registered")


def test_ttl_check_with_exactly_the_policy(guarded, announce, wait_until):
    registrar = announce(guarded.url, guarded.make_token("exporter", POLICY)[1], check="ttl", check_interval_seconds=1)
    wait_until(lambda: state(registrar) == "accepted")
    assert set(registrar._errors.values()) == {0}


def test_denial_says_which_policy_is_needed(guarded, announce, wait_until):
    registrar = announce(guarded.url, guarded.make_token("nothing", 'service "other" { policy = "write" }')[1])
    wait_until(lambda: registrar._errors["denied"] > 1)
    assert state(registrar) == "failed"
    assert 'needed: service "vigie-exporter" { policy = "write" }' in registrar._last_failure
    assert str(registrar.token_file) in registrar._last_failure


def test_no_token_and_an_unknown_one(guarded, announce, wait_until):
    without = announce(guarded.url)
    wait_until(lambda: "no token is given (VIGIE_CONSUL_TOKEN_FILE)" in without._last_failure)
    unknown = announce(guarded.url, "5b7c0e0a-3f41-4a5e-9d0c-0d5a9a6f0009")
    wait_until(lambda: "does not know the token" in unknown._last_failure)
    unknown.token_file.write_text(guarded.make_token("exporter", POLICY)[1])
    wait_until(lambda: state(unknown) == "accepted")


def test_rotated_token_takes_the_service_over(guarded, announce, wait_until):
    old_accessor, old = guarded.make_token("old", POLICY)
    registrar = announce(guarded.url, old)
    wait_until(lambda: state(registrar) == "accepted")
    registrar.token_file.write_text(guarded.make_token("new", POLICY)[1])
    wait_until(lambda: not registrar._agent.has_new_token(registrar._id), what="the registration with the new token")
    guarded.call("DELETE", f"/v1/acl/token/{old_accessor}")
    registrar.leave()
    wait_until(lambda: guarded.catalog() == [])


def test_leaving_with_a_token_that_has_just_changed(guarded, announce, wait_until):
    old_accessor, old = guarded.make_token("old", POLICY)
    registrar = announce(guarded.url, old)
    wait_until(lambda: state(registrar) == "accepted")
    guarded.call("DELETE", f"/v1/acl/token/{old_accessor}")
    registrar.token_file.write_text(guarded.make_token("new", POLICY)[1])
    registrar.leave()
    assert state(registrar) == "left"
    wait_until(lambda: guarded.catalog() == [])


def test_stale_registration_of_a_token_that_is_gone(guarded, announce, wait_until, free_port):
    old_accessor, old = guarded.make_token("old", POLICY)
    first = announce(guarded.url, old, port=free_port())
    wait_until(lambda: state(first) == "accepted")
    first._ending.set()  # killed: it neither leaves nor registers again
    first._record = None
    guarded.call("DELETE", f"/v1/acl/token/{old_accessor}")
    announce(guarded.url, guarded.make_token("new", POLICY)[1])
    wait_until(lambda: [instance["Service"]["Port"] for instance in guarded.catalog()] == [9100])


@pytest.fixture
def tls_port(start_consul, free_port):
    port = free_port()
    files = {name: str(TLS / f"{file}.pem") for name, file in
             (("ca_file", "authority"), ("cert_file", "server"), ("key_file", "server-key"))}  # fmt: skip
    start_consul(node_name=HOST, ports={"https": port}, verify_incoming_https=True, **files)
    return port


def test_tls_with_a_client_certificate(tls_port, announce, wait_until):
    tls = ConsulAccess(**CLIENT, ca_file=TLS / "authority.pem")
    registrar = announce(f"https://127.0.0.1:{tls_port}", tls=tls)
    wait_until(lambda: state(registrar) == "registered")


@pytest.mark.parametrize(
    ("tls", "said"),
    [
        (ConsulAccess(**CLIENT, ca_file=TLS / "stranger.pem"), "certificate verify failed"),
        (ConsulAccess(ca_file=TLS / "authority.pem"), "alert"),
        (ConsulAccess(ca_file=TLS / "no-such.pem"), "no-such.pem"),
    ],
)
def test_tls_that_does_not_come_about(tls_port, announce, wait_until, tls, said):
    registrar = announce(f"https://127.0.0.1:{tls_port}", tls=tls)
    wait_until(lambda: said in registrar._last_failure)
    assert registrar._errors["unreachable"]
    assert state(registrar) == "failed"
