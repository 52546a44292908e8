"""Ways to Consul: TLS with certificates on both sides, and another address when one is gone or mute."""

import signal
from pathlib import Path

import pytest

from discovery.consul.access import Access
from discovery.consul.connection import Connection, ConsulError
from vigie.core.settings import ConsulAccess

pytestmark = pytest.mark.integration
TLS = Path(__file__).parents[1] / "fixtures" / "tls"


@pytest.fixture
def start_joined(start_consul, free_port):
    """Return `start_joined()`: a server, and two agents of its cluster without a vote."""

    def start_joined():
        serf = free_port()
        first = start_consul(ports={"serf_lan": serf}, node_name="server-1")
        join = {"bootstrap_expect": 0, "server": False, "retry_join": [f"127.0.0.1:{serf}"]}
        return first, start_consul(node_name="agent-1", **join), start_consul(node_name="agent-2", **join)

    return start_joined


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_another_address_takes_over(start_joined, catalog_at, start_bridge, wait_until, number):
    server, first, second = start_joined()
    catalog = catalog_at(server.url)
    catalog.row("web", 1)
    bridge = start_bridge(f"{first.url},{second.url}")
    wait_until(lambda: bridge.ids("web") == ["web-1"])
    first.signal(number)
    catalog.row("web", 2)
    wait_until(lambda: bridge.ids("web") == ["web-1", "web-2"])
    for agent in (first, second):
        agent.stop(signal.SIGKILL)  # a graceful stop would take each of them seconds


def test_consul_over_tls_with_certificates_on_both_sides(start_consul, free_port, catalog_at, start_bridge, wait_until):
    https = free_port()
    consul = start_consul(
        ports={"https": https},
        ca_file=str(TLS / "authority.pem"),
        cert_file=str(TLS / "server.pem"),
        key_file=str(TLS / "server-key.pem"),
        verify_incoming_https=True,
    )
    url = f"https://127.0.0.1:{https}"
    catalog_at(consul.url).row("web", 1)
    own = [f"--consul-{name}-file={TLS / file}" for name, file in FILES.items()]
    bridge = start_bridge(url, *own)
    wait_until(lambda: bridge.ids("web") == ["web-1"])

    for missing in (None, TLS / "stranger.pem"):
        connection = Connection(Access(ConsulAccess(url=(url,), ca_file=missing), timeout_seconds=5))
        with pytest.raises(ConsulError, match="certificate verify failed"):
            connection.services()
        connection.close()


FILES = {"ca": "authority.pem", "cert": "client.pem", "key": "client-key.pem"}
