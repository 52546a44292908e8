"""Adds to the plan what the files of this host ask for: software on a plain machine, without a container."""

from collections.abc import Mapping

from exporter.integrations.files import Asked
from exporter.integrations.targets import CheckTarget
from exporter.registration.container_address import Place
from exporter.registration.container_labels import SERVICE_PREFIX, Endpoint
from exporter.registration.container_plan import ASKED_BY, ID_PREFIX, Limits, Plan, Software, make_record, own_name
from exporter.registration.own_labels import own_labels
from exporter.registration.record import Record, is_loopback
from exporter.registration.refusals import Reason, Refusal

FILE = "file"


def add_files(plan: Plan, files: Mapping[str, Asked], place: Place, limits: Limits, software: Software) -> Plan:
    """Return the plan with a record for each file that names an address; a container of the same name wins."""
    records, checks, refusals = dict(plan.records), dict(plan.checks), list(plan.refusals)
    for name, asked in files.items():
        if not asked.address:
            continue
        host, port = asked.server()
        problem = _problem(name, asked, plan, place, software)
        if problem or len(records) >= limits.max_endpoints:
            reason: Reason = "unreachable" if problem else "too_many"
            detail = problem or f"this host has {limits.max_endpoints} endpoints already"
            refusals.append(Refusal(name, reason, detail))
            continue
        labels, refused = own_labels(name, asked.labels)
        refusals += refused
        endpoint = _endpoint(name, asked, port, labels, software)
        record = make_record(name, endpoint, (host, port), place, limits, FILE)
        records[record.id] = record
        if endpoint.is_checked:
            server = asked.reach(host, port, endpoint.path, endpoint.scheme)
            target = CheckTarget(own_name(name, port), software.known.all[asked.integration], server, asked.login)
            checks[target.name] = target
    return plan._replace(records=records, checks=checks, refusals=tuple(refusals))


def _problem(name: str, asked: Asked, plan: Plan, place: Place, software: Software) -> str:
    host, port = asked.server()
    if f"{ID_PREFIX}{plan.host_name}:{own_name(name, port)}" in plan.records:
        return f"a container has the name {name} and the port {port}: expected another name of the file"
    if not port and software.known.all[asked.integration].manifest.endpoint:
        return f"{asked.address}: Prometheus can't ask a unix socket: expected HOST:PORT"
    has_endpoint = software.known.all[asked.integration].manifest.endpoint is not None
    if has_endpoint and is_loopback(host) and not place.is_prometheus_here:
        return (
            f"{asked.address}: Prometheus can't reach loopback: expected the address at which the software listens, or "
            "--autodiscovery-local when Prometheus runs on this machine"
        )
    return ""


def _endpoint(name: str, asked: Asked, port: int, labels: Mapping[str, str], software: Software) -> Endpoint:
    manifest = software.known.all[asked.integration].manifest
    path, scheme = asked.path or manifest.page.path, asked.scheme or manifest.page.scheme
    is_checked = manifest.check is not None
    return Endpoint(SERVICE_PREFIX + name, port, path, scheme, "", labels, manifest.name, is_checked=is_checked)


def keep_containers(plan: Plan, held: Mapping[str, Record]) -> Plan:
    """Return the plan as long as nobody knows the containers: what stands in Consul for one stays."""
    prefix = f"{ID_PREFIX}{plan.host_name}:"
    names = (key.removeprefix(prefix).rpartition(":")[0] for key in held if held[key].meta.get(ASKED_BY) != FILE)
    return plan._replace(kept=plan.kept | frozenset(names))
