import pytest

from exporter.docker.container import NetworkAddress, PublishedPort
from exporter.registration.container_address import Place, network_owner, reach
from exporter.registration.refusals import RefusedError

HERE, ELSEWHERE = Place("web-1", "10.0.0.5", is_prometheus_here=True), Place("web-1", "10.0.0.5")
SIX = Place("web-1", "2001:db8::5")
ON_ANY, ON_SIX = PublishedPort(80, "tcp", "0.0.0.0", 8081), PublishedPort(80, "tcp", "::", 8081)
ON_ONE, ON_LOOPBACK = PublishedPort(80, "tcp", "192.0.2.7", 8082), PublishedPort(80, "tcp", "127.0.0.1", 8083)
OTHER, UDP = PublishedPort(81, "tcp", "0.0.0.0", 8084), PublishedPort(80, "udp", "0.0.0.0", 8085)
BRIDGE = (NetworkAddress("a", "fd00::2"), NetworkAddress("a", "172.17.0.2"), NetworkAddress("b", "172.18.0.2"))

CASES = [
    ("bridge", (ON_ONE, ON_ANY), BRIDGE, ELSEWHERE, ("10.0.0.5", 8081)),
    ("bridge", (ON_SIX,), BRIDGE, HERE, ("10.0.0.5", 8081)),
    ("bridge", (ON_LOOPBACK, ON_ONE), BRIDGE, ELSEWHERE, ("192.0.2.7", 8082)),
    ("bridge", (ON_LOOPBACK,), BRIDGE, HERE, ("127.0.0.1", 8083)),
    ("bridge", (ON_LOOPBACK,), BRIDGE, ELSEWHERE, None),
    ("bridge", (OTHER, UDP), BRIDGE, ELSEWHERE, None),
    ("bridge", (OTHER, UDP), BRIDGE, HERE, ("172.17.0.2", 80)),
    ("shop_default", (), (NetworkAddress("b", "fd00::2"),), HERE, ("fd00::2", 80)),
    ("none", (), (), HERE, None),
    (
        "bridge",
        (PublishedPort(80, "tcp", "172.17.0.1", 1), PublishedPort(80, "tcp", "10.0.0.5", 2)),
        BRIDGE,
        ELSEWHERE,
        ("10.0.0.5", 2),
    ),
    (
        "bridge",
        (PublishedPort(80, "tcp", "10.9.0.5", 1), PublishedPort(80, "tcp", "10.0.0.5", 2)),
        BRIDGE,
        ELSEWHERE,
        ("10.0.0.5", 2),
    ),
    ("bridge", (PublishedPort(80, "tcp", "172.17.0.1", 1),), BRIDGE, ELSEWHERE, None),
    ("bridge", (PublishedPort(80, "tcp", "172.17.0.1", 1),), BRIDGE, HERE, ("172.17.0.1", 1)),
    (
        "shop",
        (PublishedPort(80, "tcp", "172.20.0.1", 1),),
        (NetworkAddress("shop", "172.20.0.7", 16),),
        ELSEWHERE,
        None,
    ),
    ("bridge", (PublishedPort(80, "tcp", "fe80::1", 1),), BRIDGE, ELSEWHERE, None),
    ("bridge", (ON_ANY, PublishedPort(80, "tcp", "::", 9)), BRIDGE, SIX, ("2001:db8::5", 9)),
    ("bridge", (ON_ANY, PublishedPort(80, "tcp", "::", 9)), BRIDGE, ELSEWHERE, ("10.0.0.5", 8081)),
    ("lan", (), (NetworkAddress("lan", "10.0.0.77", 24),), ELSEWHERE, ("10.0.0.77", 80)),
    ("shop", (), (NetworkAddress("shop", "172.20.0.7", 16),), ELSEWHERE, None),
    ("host", (), (), ELSEWHERE, ("10.0.0.5", 80)),
]


@pytest.mark.parametrize(("mode", "published", "addresses", "place", "expected"), CASES)
def test_where_a_port_is_reached(make_container, mode, published, addresses, place, expected):
    container = make_container(network_mode=mode, published_ports=published, addresses=addresses)
    if expected:
        assert reach(container, 80, place) == expected
    else:
        with pytest.raises(RefusedError) as caught:
            reach(container, 80, place)
        assert caught.value.reason == "unreachable"


def test_container_in_anothers_network(make_container):
    first = make_container("vpn")
    second = make_container("app", network_mode=f"container:{first.id}", published_ports=())
    containers = {container.id: container for container in (first, second)}
    assert network_owner(second, containers) is first
    assert network_owner(first, containers) is first
    assert network_owner(second, {}) is second
