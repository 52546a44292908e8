"""Other ways to Consul: a unix socket, a certificate of another name, a namespace; for the bridge and the exporter."""

import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import consul as py_consul
import pytest
import requests

from discovery.consul.access import Access
from discovery.consul.connection import Connection, ConsulError
from exporter.registration.agent import Agent
from exporter.registration.record import Record
from vigie.core.errors import UsageProblemError
from vigie.core.http.kept_alive import KeptAliveConnection, Response
from vigie.core.settings import ConsulAccess

pytestmark = pytest.mark.integration
TLS = Path(__file__).parents[1] / "fixtures" / "tls"
RECORD = Record("shop-1", "shop", "127.0.0.1", 8080, ("prometheus",), {}, {})


@pytest.fixture
def connect():
    connections = []

    def connect(url, **settings):
        access = ConsulAccess(url=(url,), **settings)
        connections.append(Connection(Access(access, timeout_seconds=5)))
        return connections[-1]

    yield connect
    for connection in connections:
        connection.close()


@pytest.fixture
def agent_at():
    agents = []

    def agent_at(url, **settings):
        agents.append(Agent(url, access=ConsulAccess(**settings)))
        return agents[-1]

    yield agent_at
    for agent in agents:
        agent.close()


@pytest.fixture
def socket_url(start_consul):
    """A Consul that listens on a socket besides; the name of a socket may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="vigie-") as folder:
        url = f"unix://{folder}/consul.sock"
        start_consul(addresses={"http": f"127.0.0.1 {url}"})
        yield url


def test_the_bridge_follows_consul_over_a_unix_socket(socket_url, agent_at, start_bridge, wait_until):
    agent = agent_at(socket_url)
    agent.register(RECORD)
    bridge = start_bridge(socket_url)
    wait_until(lambda: bridge.ids("shop") == ["shop-1"])
    agent.register(RECORD._replace(port=8081))
    wait_until(lambda: bridge.groups("shop")[0]["targets"] == ["127.0.0.1:8081"])
    agent.deregister("shop-1")
    wait_until(lambda: bridge.ids("shop") == [])


def test_the_exporter_speaks_to_its_agent_over_a_unix_socket(socket_url, agent_at):
    agent = agent_at(socket_url)
    node = agent.node()
    agent.register(RECORD)
    assert (node.address, agent.services()["shop-1"].port) == ("127.0.0.1", 8080)
    first = agent.wait_for_change("shop-1", "", 0)
    assert agent.wait_for_change("shop-1", first, 1) == first
    agent.set_maintenance("shop-1", "tired")
    assert agent.maintenance_reasons() == {"shop-1": "tired"}


def test_a_socket_that_is_not_there_is_named(connect, agent_at):
    with pytest.raises(ConsulError, match=r"/nowhere/consul\.sock"):
        connect("unix:///nowhere/consul.sock").services()
    with pytest.raises(requests.ConnectionError, match=r"/nowhere/consul\.sock"):
        agent_at("unix:///nowhere/consul.sock").node()


@pytest.mark.parametrize("url", ["unix://run/consul.sock", "unix:", "ftp://consul"])
def test_what_is_no_address_is_refused_at_the_start(connect, url):
    with pytest.raises(UsageProblemError, match="unix:///PATH"):
        connect(url)
    with pytest.raises(UsageProblemError, match="unix:///PATH"):
        Agent(url)


def test_a_certificate_of_another_name_is_accepted_only_when_that_name_is_set(
    start_consul, free_port, connect, agent_at
):
    https = free_port()
    start_consul(
        ports={"https": https},
        addresses={"https": "127.0.0.2"},
        cert_file=str(TLS / "server.pem"),
        key_file=str(TLS / "server-key.pem"),
    )
    url, authority = (
        f"https://127.0.0.2:{https}",
        TLS / "authority.pem",
    )  # the certificate is of localhost and 127.0.0.1
    with pytest.raises(ConsulError, match="certificate verify failed"):
        connect(url, ca_file=authority).services()
    assert connect(url, ca_file=authority, tls_server_name="localhost").services().has_leader
    with pytest.raises(ConsulError, match="certificate verify failed"):
        connect(url, ca_file=authority, tls_server_name="elsewhere").services()

    with pytest.raises(requests.exceptions.SSLError):
        agent_at(url, ca_file=authority).node()
    assert agent_at(url, ca_file=authority, tls_server_name="localhost").node()
    with pytest.raises(requests.exceptions.SSLError):
        agent_at(url, ca_file=authority, tls_server_name="elsewhere").node()


def test_a_namespace_is_sent_which_an_open_consul_refuses(consul, connect, agent_at):
    with pytest.raises(ConsulError, match="Enterprise"):
        connect(consul.url, namespace="team-a").services()
    with pytest.raises(py_consul.ConsulException, match="Enterprise"):
        agent_at(consul.url, namespace="team-a").register(RECORD)


def test_namespace_and_partition_are_parameters_of_each_request(connect, agent_at, monkeypatch):
    paths = []

    def answer(_connection, path, *_):
        paths.append(path)
        return Response(200, {}, b"{}")

    monkeypatch.setattr(KeptAliveConnection, "get", answer)
    connection = connect("http://127.0.0.1:1", namespace="team-a", partition="east")
    connection.services()
    connection.instances("web", 7, 60)
    agent = agent_at("http://127.0.0.1:1", namespace="team-a", partition="east")
    paths.append(agent._client.http.uri("/v1/agent/services"))
    paths.append(agent._client.http.uri("/v1/agent/service/web", [("wait", "5s")]))
    for path in paths:
        query = parse_qs(urlsplit(path).query)
        assert (query["ns"], query["partition"]) == (["team-a"], ["east"])
