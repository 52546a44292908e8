"""Where Prometheus reaches a container's port: on the host, or, only when told that it runs here, in the container."""

from collections.abc import Mapping
from typing import NamedTuple

from exporter.docker.container import Container
from exporter.registration.container_labels import RefusedError
from exporter.registration.record import is_loopback

ANY_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on
OF_CONTAINER = "container:"


class Place(NamedTuple):
    """The host's name and address ("" for that of its Consul node), and whether Prometheus runs on it too."""

    host_name: str
    address: str
    is_prometheus_here: bool = False


def reach(container: Container, port: int, place: Place) -> tuple[str, int]:
    """Return the (address, port) that lead to the port of a container; raise RefusedError when none does.

    A container in another one's network is to be asked of that one: see `network_owner`.
    """
    if container.network_mode == "host":
        return place.address, port
    published = [
        mapping for mapping in container.published_ports if (mapping.container_port, mapping.protocol) == (port, "tcp")
    ]
    for mapping in published:
        if mapping.host_address in ANY_ADDRESS:
            return place.address, mapping.host_port
    for mapping in published:
        if place.is_prometheus_here or not is_loopback(mapping.host_address):
            return mapping.host_address, mapping.host_port
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
