"""Where Prometheus reaches a container's port: on the host, or, only when told that it runs here, in the container."""

from collections.abc import Mapping
from ipaddress import ip_address, ip_interface, ip_network
from typing import NamedTuple

from exporter.docker.container import Container, NetworkAddress
from exporter.registration.record import is_loopback
from exporter.registration.refusals import RefusedError

ANY_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on
OF_CONTAINER = "container:"
DEFAULT_BRIDGE = ip_network("172.17.0.0/16")  # docker0, the same on every machine


class Place(NamedTuple):
    """The host's name and address ("" for that of its Consul node), and whether Prometheus runs on it too.

    `port` and `scheme` are this exporter's own: there the checks of integrations are served.
    """

    host_name: str
    address: str
    is_prometheus_here: bool = False
    port: int = 9100
    scheme: str = "http"


def reach(container: Container, port: int, place: Place) -> tuple[str, int]:
    """Return the (address, port) that lead to the port of a container; raise RefusedError when none does.

    A container in another one's network is to be asked of that one: see `network_owner`.
    """
    if container.network_mode == "host":
        return place.address, port
    published = [
        mapping for mapping in container.published_ports if (mapping.container_port, mapping.protocol) == (port, "tcp")
    ]
    reachable = [(rank, mapping) for mapping in published if (rank := _rank(mapping.host_address, container, place))]
    if reachable:
        _, best = min(reachable, key=lambda ranked: (ranked[0], ranked[1].host_port))
        return (place.address if best.host_address in ANY_ADDRESS else best.host_address), best.host_port
    lan = [network.address for network in container.addresses if _is_in_network(place.address, network)]
    if lan:  # a network of macvlan or ipvlan: the container is a machine of its own beside its host
        return lan[0], port
    if place.is_prometheus_here and container.addresses:
        return min((network.address for network in container.addresses), key=lambda address: ":" in address), port
    where = "only on loopback" if published else "not at all"
    raise RefusedError(
        "unreachable",
        f"port {port} is published {where}: publish it on the host, or give --autodiscovery-local when Prometheus "
        "runs on this machine",
    )


def network_owner(container: Container, containers: Mapping[str, Container]) -> Container:
    """Return the container whose network this one uses, mostly itself; it is named by its ID."""
    owner_id = container.network_mode.removeprefix(OF_CONTAINER)
    return containers.get(owner_id, container) if container.network_mode.startswith(OF_CONTAINER) else container


def _rank(host_address: str, container: Container, place: Place) -> int:
    """Return how well a published port is reached at an address of the host: 1 is best, 0 not at all.

    The node's own address comes first, then any address of its kind, then any of the other kind (Docker may publish
    IPv4 and IPv6 at different ports), then another address of this machine.
    """
    if place.address and host_address == place.address:
        return 1
    if host_address in ANY_ADDRESS:
        is_six = host_address == "::"
        return 2 if is_six == (":" in place.address) else 3
    if not is_this_machine_s_own(host_address, container):
        return 4
    return 5 if place.is_prometheus_here else 0


def is_this_machine_s_own(host_address: str, container: Container) -> bool:
    """Return whether an address means something else on each machine: loopback, link-local, a bridge of Docker."""
    try:
        parsed = ip_address(host_address)
    except ValueError:
        return True
    is_bridge = parsed in DEFAULT_BRIDGE or any(
        _is_in_network(host_address, network) for network in container.addresses
    )
    return is_loopback(host_address) or parsed.is_link_local or is_bridge


def _is_in_network(address: str, network: NetworkAddress) -> bool:
    """Return whether an address lies in the network of a container, as far as its size is known."""
    if not network.prefix_length:
        return False
    try:
        return ip_address(address) in ip_interface(f"{network.address}/{network.prefix_length}").network
    except ValueError:
        return False


def reach_from_host(container: Container, port: int, place: Place) -> tuple[str, int]:
    """Return the (address, port) that lead this machine to the port of a container; raise RefusedError."""
    if container.network_mode == "host":
        return "127.0.0.1", port
    addresses = sorted((network.address for network in container.addresses), key=lambda address: ":" in address)
    return (addresses[0], port) if addresses else reach(container, port, place)
