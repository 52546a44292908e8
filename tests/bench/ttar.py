"""Unpacks an archive of ttar, the plain-text tar in which node_exporter and procfs keep their fixtures."""

import re
from pathlib import Path

NULL_BYTE = re.compile(rb"(?<!\\)NULLBYTE")
NO_NEWLINE = re.compile(rb"(?<!\\)EOF\n\Z")


def unpack(archive, folder):
    """Make the archive's folders, files and links below `folder`; raise ValueError for an entry of another kind."""
    lines = iter(Path(archive).read_bytes().split(b"\n"))
    path = None
    for line in lines:
        key, _, value = line.partition(b": ")
        if not line or line.startswith(b"#"):
            continue
        if key in {b"Path", b"Directory"}:
            path = Path(folder, value.decode())
            (path if key == b"Directory" else path.parent).mkdir(parents=True, exist_ok=True)
        elif key == b"Lines":
            path.write_bytes(decode(b"".join(next(lines) + b"\n" for _ in range(int(value)))))
        elif key == b"SymlinkTo":
            path.symlink_to(value.decode())
        elif key != b"Mode":
            raise ValueError(f"{archive}: expected a line of ttar, got {line[:80]!r}")


def decode(content):
    """Return a file's content as it was before it was packed."""
    content = NO_NEWLINE.sub(b"", content)
    content = NULL_BYTE.sub(b"\0", content)
    return content.replace(rb"\NULLBYTE", b"NULLBYTE").replace(rb"\EOF", b"EOF")
