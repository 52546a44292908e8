"""The content of the target files: groups in file_sd's format, and the targets that they hold."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from discovery.targets import probes
from discovery.targets.target import EXPORTER_SERVICE, Key, Probe, Target

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
    if job == "node":
        return NODES
    if PLAIN.fullmatch(job) and not ENDS_LIKE_HASHED.search(job):
        return f"app-{job}.json"
    slug = re.sub(r"[^a-z0-9]+", "-", job.lower()).strip("-")[:40]
    return f"app-{slug or 'x'}-{hashlib.sha256(job.encode()).hexdigest()[:12]}.json"


def is_ours(name: str) -> bool:
    """Return whether a file is one that the bridge writes."""
    return name == NODES or name.startswith("app-") or name in {probes.file_name(kind) for kind in probes.KINDS}


def decode(group: bytes) -> Group:
    """Return the group of some bytes that we wrote; raise msgspec.DecodeError."""
    return _GROUP.decode(group)


def render(targets: Iterable[Target]) -> bytes:
    """Return the bytes of a job's file: one group a line, in an order that only the content decides."""
    return _lines((one.dc, one.instance, one.key, one.group) for one in targets if one.group)


def render_probes(targets: Iterable[Target], kind: probes.Kind) -> bytes:
    """Return the bytes of the file of a kind of probe."""
    chosen = ((one, one.probe) for one in targets)
    return _lines((one.dc, one.instance, one.key, probe.group) for one, probe in chosen if probe and probe.kind == kind)


def _lines(groups: Iterable[tuple[str, str, Key, bytes]]) -> bytes:
    lines = [group for *_, group in sorted(groups)]
    return b"[\n" + b",\n".join(lines) + b"\n]\n" if lines else b"[]\n"


def restored(files: Mapping[str, bytes]) -> list[tuple[str, Target]]:
    """Return (service, target) of all that our files hold, as far as they can be read: the memory over a restart."""
    found: dict[Key, tuple[str, Target]] = {}
    of_probes = {probes.file_name(kind): kind for kind in probes.KINDS}
    for name in sorted(files, key=lambda name: (name in of_probes, name)):
        for raw in _raw_groups(files[name]):
            try:
                group = decode(raw)
                service, one = group.labels["__meta_consul_service"], _target(group, bytes(raw))
            except (msgspec.DecodeError, KeyError):
                continue
            if name in of_probes:
                job = "node" if service == EXPORTER_SERVICE else service
                alone = replace(one, job=job, group=b"")
                one = replace(found.get(one.key, (service, alone))[1], probe=Probe(of_probes[name], one.group))
            found[one.key] = service, one
    return list(found.values())


def _raw_groups(content: bytes) -> Iterator[msgspec.Raw]:
    try:
        yield from _GROUPS.decode(content)
    except msgspec.DecodeError:
        return  # not one of ours: the next write replaces it


def _target(group: Group, raw: bytes) -> Target:
    labels = group.labels
    return Target(
        dc=labels["dc"],
        host=labels["host"],
        service_id=labels["__meta_consul_service_id"],
        job=labels["job"],
        instance=labels["instance"],
        health=labels["__meta_consul_health"],
        group=raw,
    )
