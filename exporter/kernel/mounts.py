"""Mount points as /proc/<pid>/mountinfo lists them (proc(5))."""

import re
from typing import NamedTuple

ESCAPE = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """One line of mountinfo."""

    device: str
    mountpoint: str
    fstype: str
    major: str
    minor: str
    is_readonly: bool


def parse_mountinfo(text: str) -> list[Mount]:
    """Return the mounts in the file's order; raise ValueError for a line that isn't one.

    A file system is read-only when the mount, or the superblock beneath it, is (`ro`, or ext4's `emergency_ro`).
    """
    return [_parse_line(line) for line in text.splitlines()]


def _parse_line(line: str) -> Mount:
    left, separator, right = line.partition(" - ")
    fields, tail = left.split(" "), right.split(" ")
    if not separator or len(fields) < 6 or len(tail) < 3:
        raise ValueError(f"expected a line of mountinfo, got {line[:80]!r}")
    major, _, minor = fields[2].partition(":")
    options = {*fields[5].split(","), *tail[2].split(",")}
    return Mount(
        device=tail[1],
        mountpoint=ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[4]),
        fstype=tail[0],
        major=str(int(major)),
        minor=str(int(minor)),
        is_readonly=bool(options & {"ro", "emergency_ro"}),
    )
