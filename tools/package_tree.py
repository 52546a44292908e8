"""Lays out the files of the agent's package beside its libraries: launchers, unit, manual, Debian's papers."""

import gzip
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "compose" / "packages"
START = '''"""The command of this release, by the libraries of this release alone."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "lib"))
sys.argv[0] = "vigie"

from vigie.command import main

main()
'''
COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: vigie
Comment: The libraries in /usr/lib/vigie have licences of their own, each beside it in its .dist-info folder:
 {libraries}

Files: *
Copyright: {year} the authors of vigie
License: Apache-2.0
 On Debian systems the full text of the Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0.
"""
CHANGELOG = """\
vigie-agent ({version}-1) stable; urgency=medium

  * Release {release}.
    What is new in it is told by CHANGELOG.md of the project.

 -- {maintainer}  {date}
"""
EXECUTABLE = 0o755


class Release(NamedTuple):
    """What is packed: Python's version, the package's, who made it, and the time of all files."""

    version: str
    package_version: str
    maintainer: str
    mtime_seconds: int


def lay_out(tree: Path, release: Path, described: Release) -> None:
    """Complete `tree`, whose folder `release` has the libraries, and give all files the same modes and times."""
    (release / "start.py").write_text(START)
    write(release / "bin" / "python", (SOURCE / "python.sh").read_text(), EXECUTABLE)
    write(release / "bin" / "vigie", (SOURCE / "vigie.sh").read_text(), EXECUTABLE)
    write(release / "package.sh", (SOURCE / "package.sh").read_text(), EXECUTABLE)
    write(release / "service.sh", (ROOT / "compose" / "agent" / "service.sh").read_text())
    command = '#!/bin/sh\nexec /usr/lib/vigie/current/{} "$@"\n'
    write(tree / "usr" / "bin" / "vigie", command.format("bin/vigie"), EXECUTABLE)
    write(tree / "usr" / "sbin" / "vigie-agent-release", command.format("package.sh"), EXECUTABLE)
    lay_out_units(tree)
    lay_out_documents(tree, release, described)
    for path in tree.rglob("*"):
        is_program = path.suffix != ".so" and path.stat().st_mode & 0o111
        path.chmod(EXECUTABLE if path.is_dir() or is_program else 0o644)
        os.utime(path, (described.mtime_seconds, described.mtime_seconds))


def lay_out_units(tree: Path) -> None:
    """Put the unit where packages put theirs, and what a host may need besides into /usr/share."""
    units = ROOT / "compose" / "systemd"
    unit = (
        (units / "vigie-exporter.service")
        .read_text()
        .replace("/opt/vigie/bin/vigie", "/usr/lib/vigie/current/bin/vigie")
    )
    instructions = unit.index("[Unit]")
    write(tree / "usr" / "lib" / "systemd" / "system" / "vigie-exporter.service", unit[instructions:])
    shared = tree / "usr" / "share" / "vigie-agent"
    for path in sorted((units / "vigie-exporter.service.d").glob("*.conf")):
        write(shared / path.name, path.read_text())
    write(shared / "consul.service.d" / "vigie.conf", (SOURCE / "consul-service.conf").read_text())
    write(shared / "consul.d" / "client.json", (ROOT / "compose" / "agent" / "client.json").read_text())


def lay_out_documents(tree: Path, release: Path, described: Release) -> None:
    """Write copyright, changelog, pages of the manual, and what lintian is told of the libraries."""
    documents = tree / "usr" / "share" / "doc" / "vigie-agent"
    moment = datetime.fromtimestamp(described.mtime_seconds, UTC)
    libraries = "\n ".join(sorted({path.name.removesuffix(".dist-info") for path in release.glob("lib/*.dist-info")}))
    write(documents / "copyright", COPYRIGHT.format(libraries=libraries, year=moment.year))
    date = moment.strftime("%a, %d %b %Y %H:%M:%S +0000")
    changelog = CHANGELOG.format(
        version=described.package_version, release=described.version, maintainer=described.maintainer, date=date
    )
    write_gzip(documents / "changelog.Debian.gz", changelog)
    write_gzip(tree / "usr" / "share" / "man" / "man1" / "vigie.1.gz", (SOURCE / "vigie.1").read_text())
    page = (SOURCE / "vigie-agent-release.8").read_text()
    write_gzip(tree / "usr" / "share" / "man" / "man8" / "vigie-agent-release.8.gz", page)
    overrides = tree / "usr" / "share" / "lintian" / "overrides"
    overrides.mkdir(parents=True)
    shutil.copyfile(SOURCE / "lintian-overrides", overrides / "vigie-agent")


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def write_gzip(path: Path, text: str) -> None:
    """Write a compressed file that has no time in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
