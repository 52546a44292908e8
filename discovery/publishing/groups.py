"""The content of the target files: groups in file_sd's format, and the targets that they hold."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from discovery.targets.blackbox_probes import PROBE_KINDS, ProbeKind, probe_file_name
from discovery.targets.target import EXPORTER_JOB, Key, Probe, Target, job_of

PLAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?")
ENDS_LIKE_HASHED = re.compile(r"-[0-9a-f]{12}$")
NODES = "node.json"


class Group(msgspec.Struct, frozen=True):
    """One group of a file_sd file."""

    targets: tuple[str, ...]
    labels: dict[str, str]


_GROUPS = msgspec.json.Decoder(list[msgspec.Raw])
_GROUP = msgspec.json.Decoder(Group)


def file_name(job: str) -> str:
    """Return the file of a job: `node.json`, else `app-<slug>.json`; no two jobs share one, whatever their names."""
    if job == EXPORTER_JOB:
        return NODES
    if PLAIN.fullmatch(job) and not ENDS_LIKE_HASHED.search(job):
        return f"app-{job}.json"
    slug = re.sub(r"[^a-z0-9]+", "-", job.lower()).strip("-")[:40]
    return f"app-{slug or 'x'}-{hashlib.sha256(job.encode()).hexdigest()[:12]}.json"


def is_ours(name: str) -> bool:
    """Return whether a file is one that the bridge writes."""
    return name == NODES or name.startswith("app-") or name in {probe_file_name(kind) for kind in PROBE_KINDS}


def decode_group(group: bytes) -> Group:
    """Return the group of some bytes that we wrote; raise msgspec.DecodeError."""
    return _GROUP.decode(group)


def render(targets: Iterable[Target]) -> bytes:
    """Return the bytes of a job's file: one group a line, in an order that only the content decides."""
    return _join((target.dc, target.instance, target.key, target.group) for target in targets if target.group)


def render_probes(targets: Iterable[Target], kind: ProbeKind) -> bytes:
    """Return the bytes of the file of a kind of probe."""
    probed = ((target, target.probe) for target in targets)
    return _join(
        (target.dc, target.instance, target.key, probe.group)
        for target, probe in probed
        if probe and probe.kind == kind
    )


def restore_targets(files: Mapping[str, bytes]) -> list[tuple[str, Target]]:
    """Return (service, target) of all that our files hold, as far as they can be read: what survives a restart."""
    restored: dict[Key, tuple[str, Target]] = {}
    probe_kinds = {probe_file_name(kind): kind for kind in PROBE_KINDS}
    for name in sorted(files, key=lambda name: (name in probe_kinds, name)):
        for raw in _iterate_groups(files[name]):
            try:
                group = decode_group(raw)
                service, target = group.labels["__meta_consul_service"], _restore_target(group, bytes(raw))
            except (msgspec.DecodeError, KeyError, IndexError):
                continue
            if name in probe_kinds:
                probed_only = replace(target, job=job_of(service), group=b"")
                scraped = restored.get(target.key, (service, probed_only))[1]
                target = replace(scraped, probe=Probe(probe_kinds[name], target.group))
            restored[target.key] = service, target
    return list(restored.values())


def _join(groups: Iterable[tuple[str, str, Key, bytes]]) -> bytes:
    lines = [group for *_, group in sorted(groups)]
    return b"[\n" + b",\n".join(lines) + b"\n]\n" if lines else b"[]\n"


def _iterate_groups(content: bytes) -> Iterator[msgspec.Raw]:
    try:
        yield from _GROUPS.decode(content)
    except msgspec.DecodeError:
        return  # not a file of ours: the next write replaces it


def _restore_target(group: Group, raw: bytes) -> Target:
    labels = group.labels
    host, _, port = group.targets[0].rpartition(":")
    return Target(
        dc=labels["dc"],
        host=labels["host"],
        service_id=labels["__meta_consul_service_id"],
        job=labels["job"],
        instance=labels["instance"],
        health=labels["__meta_consul_health"],
        group=raw,
        address=host.strip("[]"),
        port=int(port) if port.isascii() and port.isdigit() else 0,
        node_address=labels.get("__meta_consul_address", ""),
    )
