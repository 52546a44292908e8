"""What the NFS client counts for each mount, as /proc/<pid>/mountstats tells it."""

from collections.abc import Iterator
from typing import NamedTuple

from exporter.parsing.items import item
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.numbers import whole

# Fields after the protocol of an `xprt:` line (net/sunrpc/xprtsock.c, xs_tcp_print_stats). UDP has no connection, so
# that it lacks the three fields about it; RDMA has those, but other queues.
TRANSPORT_FIELDS = 13
COMMON_FIELDS = 10
PROTOCOLS = frozenset({"tcp", "udp", "rdma"})
OPERATION_FIELDS = 8


class Transport(NamedTuple):
    """One connection to the server: its protocol, and the thirteen fields that TCP has, 0 where another lacks one."""

    protocol: str
    fields: list[int]


class NfsMount(NamedTuple):
    """One NFS mount: what is mounted where, its age in seconds, and its counters in the kernel's order."""

    device: str
    mountpoint: str
    age_seconds: int
    bytes: list[int]
    events: list[int]
    transports: list[Transport]
    operations: dict[str, list[int]]


def parse_mountstats(text: str) -> list[NfsMount]:
    """Return the NFS mounts (fs/nfs/super.c, nfs_show_stats); a line whose counters are no numbers is skipped."""
    mounts: list[NfsMount] = []
    is_operations = False
    mount: NfsMount | None = None
    for line in split_lines(text):
        words = split_words(line)
        if words[:1] == ["device"] or words[:2] == ["no", "device"]:
            mount, is_operations = _parse_device(words), False
            if mount is not None:
                mounts.append(mount)
        elif mount is None or not words:
            is_operations = False
        elif words[0] == "per-op":
            is_operations = True
        else:
            with item(f"mountstats, {mount.mountpoint}, {words[0]}"):
                if is_operations:
                    numbers = _numbers(words[1:], OPERATION_FIELDS)
                    if mount.operations.setdefault(words[0].removesuffix(":"), numbers) is not numbers:
                        raise ValueError("expected each operation once")
                else:
                    mounts[-1] = mount = _add(mount, words)
    return mounts


def parse_addresses(text: str) -> dict[tuple[str, str], str]:
    """Return the server's address of each (device, mount point), both written as the kernel does, from mountinfo."""
    return dict(_addresses(text))


def _addresses(text: str) -> Iterator[tuple[tuple[str, str], str]]:
    for line in split_lines(text):
        left, _, right = line.partition(" - ")
        fields, tail = left.split(" "), right.split(" ")
        if len(fields) > 4 and len(tail) > 2:
            options = dict(option.partition("=")[::2] for option in tail[2].split(","))
            if address := options.get("addr"):
                yield (tail[1], fields[4]), address


def _parse_device(words: list[str]) -> NfsMount | None:
    """Return the mount of `device D mounted on M with fstype nfs4 statvers=1.1`, None when it is no NFS."""
    if len(words) < 9 or words[2:4] != ["mounted", "on"] or words[7] not in {"nfs", "nfs4"}:
        return None
    return NfsMount(words[1], words[4], 0, [], [], [], {})


def _add(mount: NfsMount, words: list[str]) -> NfsMount:
    """Return the mount with what one line of it says; unknown lines say nothing."""
    kind, *values = words
    if kind == "age:":
        return mount._replace(age_seconds=_numbers(values, 1)[0])
    if kind == "bytes:":
        return mount._replace(bytes=_numbers(values, 8))
    if kind == "events:":
        return mount._replace(events=_numbers(values, 0))
    if kind == "xprt:" and values and values[0] in PROTOCOLS:
        return mount._replace(transports=[*mount.transports, _parse_transport(values)])
    return mount


def _parse_transport(values: list[str]) -> Transport:
    protocol, *rest = values
    fields = _numbers(rest, COMMON_FIELDS - 3)
    if protocol == "udp":
        fields = [*fields[:2], 0, 0, 0, *fields[2:]]
    elif protocol == "rdma":
        fields = fields[:COMMON_FIELDS]
    fields = fields[:TRANSPORT_FIELDS]
    return Transport(protocol, fields + [0] * (TRANSPORT_FIELDS - len(fields)))


def _numbers(words: list[str], least: int) -> list[int]:
    if len(words) < least:
        raise ValueError(f"mountstats: expected {least} numbers, got {' '.join(words)[:80]!r}")
    return [whole(word) for word in words]
