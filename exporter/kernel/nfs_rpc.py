"""The lines of /proc/net/rpc/nfs and nfsd: a word, then counters."""

from collections.abc import Mapping, Sequence

from exporter.exposition.text import digits

# RFC 1094 and RFC 1813: the procedures of NFS 2 and 3 in their order.
V2_METHODS = (
    "Null", "GetAttr", "SetAttr", "Root", "Lookup", "ReadLink", "Read", "WrCache", "Write", "Create", "Remove",
    "Rename", "Link", "SymLink", "MkDir", "RmDir", "ReadDir", "FsStat",
)  # fmt: skip
V3_METHODS = (
    "Null", "GetAttr", "SetAttr", "Lookup", "Access", "ReadLink", "Read", "Write", "Create", "MkDir", "SymLink",
    "MkNod", "Remove", "RmDir", "Rename", "Link", "ReadDir", "ReadDirPlus", "FsStat", "FsInfo", "PathConf", "Commit",
)  # fmt: skip


def parse(text: bytes) -> dict[bytes, list[bytes]]:
    """Return the words of each line by the first one; raise ValueError when there is no `rpc` line."""
    lines = {words[0]: words[1:] for line in text.splitlines() if (words := line.split())}
    if b"rpc" not in lines:
        raise ValueError(f"/proc/net/rpc: expected a line `rpc`, got {text[:80]!r}")
    return lines


def read_numbers(lines: Mapping[bytes, Sequence[bytes]], line: bytes, count: int) -> Sequence[bytes]:
    """Return the first `count` counters of a line, zeros where the kernel has no such line; raise ValueError."""
    if line not in lines:
        return [b"0"] * count
    counters = lines[line][:count]
    if len(counters) < count:
        raise ValueError(f"/proc/net/rpc: expected {count} numbers after {line.decode()}, got {len(counters)}")
    return digits(counters)


def read_counted(lines: Mapping[bytes, Sequence[bytes]], line: bytes, count: int) -> Sequence[bytes]:
    """Return `count` counters of a line that begins with their number; zeros for those that an older kernel lacks.

    Raises ValueError when that number is wrong.
    """
    if line not in lines:
        return [b"0"] * count
    total, *counters = digits(lines[line])
    if int(total) != len(counters):
        raise ValueError(f"/proc/net/rpc: expected {int(total)} numbers after {line.decode()}, got {len(counters)}")
    return [*counters[:count], *[b"0"] * (count - len(counters))]
