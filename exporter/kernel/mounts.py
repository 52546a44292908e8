"""Mount points as /proc/<pid>/mountinfo lists them (proc(5))."""

import re
from typing import NamedTuple

from exporter.parsing.items import UNREADABLE, skip
from exporter.parsing.lines import split_lines
from exporter.parsing.names import label
from exporter.parsing.numbers import natural

ESCAPE = re.compile(rb"\\([0-3][0-7]{2})")


class Mount(NamedTuple):
    """One line of mountinfo; `path` is the mount point as the kernel knows it, which need not be UTF-8."""

    device: str
    mountpoint: str
    fstype: str
    major: str
    minor: str
    is_readonly: bool
    path: bytes


def parse_mountinfo(text: bytes) -> list[Mount]:
    """Return the mounts in the file's order; a line that isn't one is skipped.

    A file system is read-only when the mount, or the superblock beneath it, is (`ro`, or ext4's `emergency_ro`). The
    kernel escapes blank, tab, newline and backslash in names, and nothing else.
    """
    mounts = []
    for number, line in enumerate(split_lines(text), 1):
        try:
            mounts.append(_parse_line(line))
        except UNREADABLE as error:
            skip(f"mountinfo, line {number}", error)
    return mounts


def unescape(name: bytes) -> bytes:
    r"""Return a name without the kernel's escapes, such as `\\040` for a blank."""
    return ESCAPE.sub(lambda match: bytes((int(match[1], 8),)), name)


def _parse_line(line: bytes) -> Mount:
    left, separator, right = line.partition(b" - ")
    fields, tail = left.split(b" "), right.split(b" ")
    if not separator or len(fields) < 6 or len(tail) < 3 or not fields[4].startswith(b"/"):
        raise ValueError(f"expected a line of mountinfo, got {line[:80]!r}")
    major, _, minor = fields[2].partition(b":")
    options = {*fields[5].split(b","), *tail[2].split(b",")}
    path = unescape(fields[4])
    return Mount(
        device=label(tail[1]),
        mountpoint=label(path),
        fstype=label(tail[0]),
        major=str(natural(major)),
        minor=str(natural(minor)),
        is_readonly=bool(options & {b"ro", b"emergency_ro"}),
        path=path,
    )
