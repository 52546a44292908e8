"""What should stand in Consul for the containers of this host, from nothing but facts."""

from collections.abc import Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from exporter.docker.container import Container
from exporter.integrations.files import Asked
from exporter.integrations.known import Known
from exporter.integrations.targets import CHECKS_PATH, CheckTarget, Targets
from exporter.registration.container_address import Place, network_owner, reach, reach_from_host
from exporter.registration.container_labels import SERVICE_PREFIX, Endpoint, is_asking, read_endpoints
from exporter.registration.record import OWNER, TAG, Record, owner
from exporter.registration.refusals import Refusal, RefusedError

ID_PREFIX = "vigie:"
ASKED_BY = "vigie-asked-by"  # the Meta key that tells a file's record from a container's
# Consul's own cleaning, for what an exporter that never came back left: long after every alert.
DEREGISTER_AFTER = "72h"
RUNNING = frozenset({"running", "paused"})
ENDED = frozenset({"exited", "dead"})


class Limits(NamedTuple):
    """How many endpoints a host may have, how long a crash is kept, and how often Consul checks: in seconds."""

    max_endpoints: int = 200
    crashed_retention_seconds: float = 900.0
    check_interval_seconds: float = 10.0


class Software(NamedTuple):
    """The integrations that are known, and what files of the host say of a container's server, by container."""

    known: Known
    asked: Mapping[str, Asked] = MappingProxyType({})


BUILT_IN = Software(Known())


class Plan(NamedTuple):
    """The records to be there by ID, the containers whose records stay as they are, and what is refused.

    `checks` are the servers that this exporter checks, by the name under which it serves each.
    """

    host_name: str
    records: Mapping[str, Record]
    kept: frozenset[str]
    refusals: tuple[Refusal, ...]
    checks: Targets = MappingProxyType({})

    def keeps(self, service_id: str) -> bool:
        """Return whether a record that is not planned stays as it is, as that of a container that crashed."""
        prefix = f"{ID_PREFIX}{self.host_name}:"
        return service_id.removeprefix(prefix).rpartition(":")[0] in self.kept

    def gives_away(self, held: Record) -> bool:
        """Return whether the address and port of a record are by now those of another one that is planned.

        What is checked is scraped at the exporter's own address, each by a path of its own.
        """
        return any(
            (record.address, record.port) == (held.address, held.port)
            and record.id != held.id
            and not record.meta.get("metrics_path", "").startswith(CHECKS_PATH)
            for record in self.records.values()
        )


def make_plan(
    containers: Mapping[str, Container], place: Place, limits: Limits, now: float, software: Software = BUILT_IN
) -> Plan:
    """Return the plan for these containers at `now`, seconds since 1970; of too many endpoints the older stay.

    A container that does not run any more has neither ports nor addresses, so its record can only be kept.
    """
    records: dict[str, Record] = {}
    refusals: list[Refusal] = []
    checks: dict[str, CheckTarget] = {}
    kept = set()
    for container in sorted(filter(is_asking, containers.values()), key=attrgetter("created_at", "name")):
        if container.state in RUNNING:
            network = network_owner(container, containers)
            of_container, refused = _records(container, network, place, limits, software, checks)
            room = limits.max_endpoints - len(records)
            records |= {record.id: record for record in of_container[:room]}
            refusals += refused
            refusals += [_too_many(container.name, record.port, limits) for record in of_container[room:]]
        elif is_kept(container, limits, now):
            kept.add(container.name)
    planned = {name: check for name, check in checks.items() if f"{ID_PREFIX}{place.host_name}:{name}" in records}
    return Plan(place.host_name, records, frozenset(kept), tuple(refusals), planned)


def is_kept(container: Container, limits: Limits, now: float) -> bool:
    """Return whether a container that does not run is still to be seen, because it crashed and so can page.

    One that was told to stop has not crashed, whatever its exit code: 137 is what a deaf one leaves behind.
    """
    if container.state in ENDED:
        crashed = container.exit_code != 0 and not container.was_stopped
        return crashed and container.finished_at + limits.crashed_retention_seconds > now
    return container.state == "restarting"


def is_ours(record: Record, host_name: str) -> bool:
    """Return whether a service of the agent was registered here for a container of this host."""
    return (
        record.id.startswith(f"{ID_PREFIX}{host_name}:")
        and record.service.startswith(SERVICE_PREFIX)
        and record.meta.get(OWNER) == owner(host_name)
    )


def _records(
    container: Container,
    network: Container,
    place: Place,
    limits: Limits,
    software: Software,
    checks: dict[str, CheckTarget],
) -> tuple[list[Record], list[Refusal]]:
    """Return the records of a container, and add what is to be checked to `checks`."""
    endpoints, refusals = read_endpoints(container, software.known)
    records = []
    for endpoint in endpoints:
        try:
            find_address = reach_from_host if endpoint.is_checked else reach
            address, port = find_address(network, endpoint.port, place)
        except RefusedError as error:
            refusals.append(Refusal(container.name, error.reason, str(error)))
            continue
        if endpoint.is_checked:
            asked = software.asked.get(container.name)
            if asked is None or asked.integration != endpoint.integration:
                asked = Asked(endpoint.integration)
            server = asked.reach(address, port, endpoint.path, endpoint.scheme)
            integration = software.known.all[endpoint.integration]
            target = CheckTarget(own_name(container.name, endpoint.port), integration, server, asked.login)
            checks[target.name] = target
        records.append(make_record(container.name, endpoint, (address, port), place, limits))
    return records, refusals


def own_name(name: str, port: int) -> str:
    """Return how a server of a container or file is called on this host."""
    return f"{name}:{port or 'socket'}"


def make_record(
    name: str, endpoint: Endpoint, reached: tuple[str, int], place: Place, limits: Limits, asked_by: str = ""
) -> Record:
    """Return the record of an endpoint of the container or file `name`, reached at (address, port).

    What this exporter checks is scraped at the exporter; what has no path is not scraped, but probed by its tag.
    """
    own = own_name(name, endpoint.port)
    path = CHECKS_PATH + own if endpoint.is_checked else endpoint.path
    meta = {
        "instance": f"{place.host_name}/{own}",
        **({"metrics_path": path} if path else {}),
        "scheme": place.scheme if endpoint.is_checked else endpoint.scheme,
        OWNER: owner(place.host_name),
        **({ASKED_BY: asked_by} if asked_by else {}),
        **({"integration": endpoint.integration} if endpoint.integration else {}),
        **({"probe": endpoint.probe} if endpoint.probe else {}),
        **{f"label_{key}": value for key, value in endpoint.labels.items()},
    }
    scraped = (place.address, place.port) if endpoint.is_checked else reached
    address, port = reached if reached[1] else scraped  # Consul asks no unix socket
    check = _check(address or place.host_name, port, limits.check_interval_seconds)
    tags = (TAG,) if path else (f"probe-{endpoint.probe}",)
    return Record(f"{ID_PREFIX}{place.host_name}:{own}", endpoint.service, *scraped, tags, meta, check)


def _check(address: str, port: int, interval_seconds: float) -> dict[str, str]:
    """Return a check that the port takes connections; whether what it says is right, each scrape tells.

    It begins as passing: an application that has just started is no failure until it is found to be one.
    """
    host = f"[{address}]" if ":" in address else address
    return {
        "name": "the application's port takes connections",
        "tcp": f"{host}:{port}",
        "interval": f"{interval_seconds:g}s",
        "timeout": "5s",
        "status": "passing",
        "DeregisterCriticalServiceAfter": DEREGISTER_AFTER,
    }


def _too_many(name: str, port: int, limits: Limits) -> Refusal:
    return Refusal(name, "too_many", f"port {port}: this host has {limits.max_endpoints} endpoints already")
