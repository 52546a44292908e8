"""Which host is meant, and where its exporter is, by whatever any server knows of it."""

import socket
from collections.abc import Iterator

from vigie.core.errors import UsageProblemError
from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings.facts import Consul, Discovery, HostKey, Prometheus, Readings, Registration

PORT = 9100


def choose(readings: Readings, name: str, dc: str | None) -> HostKey:
    """Return the host of that name; raises UsageProblemError when several datacenters have one."""
    datacenters = {key[0] for key in all_hosts(readings) if key[1] == name and (dc is None or key[0] == dc)}
    if len(datacenters) > 1:
        raise UsageProblemError(f"{name} is a host in {', '.join(sorted(datacenters))}: say which by --dc")
    if datacenters:
        return datacenters.pop(), name
    _, consul = readings.consul
    return dc or (consul.datacenters[0] if isinstance(consul, Consul) and consul.datacenters else ""), name


def all_hosts(readings: Readings) -> frozenset[HostKey]:
    """Return all hosts with an exporter that any server knows of, and all of Consul's nodes that were asked for."""
    return hosts_with_exporter(readings) | frozenset(_nodes(readings))


def is_known(readings: Readings, host: HostKey) -> bool:
    """Tell whether any server knows of the host; quicker than `all_hosts`."""
    _, consul = readings.consul
    is_in_consul = not isinstance(consul, FetchFailure) and (host in consul.nodes or host in consul.registrations)
    return is_in_consul or any(
        host in keys
        for keys in (
            *(discovery.targets for discovery in readings.discovery.values() if isinstance(discovery, Discovery)),
            *(prometheus.active for prometheus in readings.prometheus.values() if isinstance(prometheus, Prometheus)),
        )
    )


def hosts_with_exporter(readings: Readings) -> frozenset[HostKey]:
    """Return all hosts with an exporter that any server knows of: what `--all` goes through."""
    return frozenset(_exporter_hosts(readings))


def registrations_of(readings: Readings, host: HostKey) -> tuple[Registration, ...]:
    """Return the registrations of a host."""
    _, consul = readings.consul
    return consul.registrations.get(host, ()) if isinstance(consul, Consul) else ()


def page_url(readings: Readings, host: HostKey) -> str:
    """Return where the host's exporter is by Consul, discovery or Prometheus, else where it would be by default."""
    registrations = registrations_of(readings, host)
    if registrations:
        return registrations[0].page_url
    for prometheus in readings.prometheus.values():
        if isinstance(prometheus, Prometheus):
            for scrape in prometheus.active.get(host, ()):
                return scrape.scrape_url
    for discovery in readings.discovery.values():
        if isinstance(discovery, Discovery):
            for target in discovery.targets.get(host, ()):
                if target.address:
                    return f"http://{target.address}/metrics"
    return f"http://{'127.0.0.1' if host[1] == socket.gethostname() else host[1]}:{PORT}/metrics"


def _nodes(readings: Readings) -> Iterator[HostKey]:
    _, consul = readings.consul
    if not isinstance(consul, FetchFailure):
        yield from consul.nodes


def _exporter_hosts(readings: Readings) -> Iterator[HostKey]:
    _, consul = readings.consul
    if not isinstance(consul, FetchFailure):
        yield from consul.registrations
    for discovery in readings.discovery.values():
        if not isinstance(discovery, FetchFailure):
            yield from discovery.targets
    for prometheus in readings.prometheus.values():
        if not isinstance(prometheus, FetchFailure):
            yield from prometheus.active
