"""Who may be a target: the selection, a job's health, the fixed job names, the allowed networks."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from discovery.consul.records import Instance
from discovery.targets.addresses import Network, Resolve
from discovery.targets.blackbox_probes import PROBE_KINDS, TAG_PREFIX
from discovery.targets.labels import CONTROL
from discovery.targets.name_resolver import NameResolver
from discovery.targets.selection import Facts, Selection
from discovery.targets.target import EXPORTER_JOB, EXPORTER_SERVICE, RefusedError, job_of

FIXED_JOBS = frozenset(
    (
        EXPORTER_JOB,
        "prometheus",
        "alertmanager",
        "consul",
        "grafana",
        "traefik",
        "blackbox",
        "victoria-metrics",
        "vigie-discovery",
        "vigie-provision",
        "vigie-console",
        *(TAG_PREFIX + kind for kind in PROBE_KINDS),
    )
)


class Policy(NamedTuple):
    """What is selected, with which health by job, and who may claim what."""

    selection: Selection
    health: Mapping[str, str]
    fixed_jobs: frozenset[str]
    networks: tuple[Network, ...]
    credential_jobs: frozenset[str]
    resolve: Resolve = NameResolver()


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks of settings; raise ValueError for what is none."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def is_selected(row: Instance, policy: Policy) -> bool:
    """Return whether an instance is to be scraped: it is selected, and has the health that its job demands."""
    node, service = row.node, row.service
    facts = Facts(
        service=service.name,
        tags=service.tags or (),
        node=node.name,
        dc=node.datacenter,
        health=row.health,
        meta=service.meta or {},
        node_meta=node.meta or {},
        kind=service.kind,
    )
    demand = policy.health.get(job_of(service.name), "any")
    is_healthy = (
        demand == "any" or row.health == "passing" or (demand == "not-maintenance" and row.health != "maintenance")
    )
    return is_healthy and policy.selection.selects(facts)


def job_name(service: str, policy: Policy) -> str:
    """Return the job of a service: `node` for the exporter alone; raise RefusedError for a reserved name."""
    if service == EXPORTER_SERVICE:
        return EXPORTER_JOB
    if service in FIXED_JOBS and (service == EXPORTER_JOB or service not in policy.fixed_jobs):
        raise RefusedError("reserved_job", f"service {service!r} has the name of a fixed job")
    if not service or CONTROL.search(service):
        raise RefusedError("name", f"service {service!r} is empty or holds control characters")
    return service
