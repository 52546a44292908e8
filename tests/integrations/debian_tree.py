"""Servers of any Debian suite, as they are: with that suite's own libraries, unpacked into the cache without root.

Each program gets a script that starts it by its own loader, so that neither older nor newer libraries are in the way.
"""

import re
import subprocess
import tempfile
from pathlib import Path

from vigie.core.settings import load
from vigie.stack import apt, packages, servers
from vigie.stack.settings import Settings

LIBRARY = re.compile(r"(zlib1g|lib(?!perl|llvm|z3|c-l10n|systemd-shared|.*-perl$|.*-bin$).*)")
SCRIPT = """#!/bin/sh
exec {loader} --library-path {libraries} {program} "$@"
"""


def unpack(suites, main, *names):
    """Return the folder with `main` (a pattern of a package's name) and `names` of the first suite that there is.

    Its folder `bin` has each program of theirs. A suite that has left the mirror is passed over.
    """
    cache = servers.cache_of(load("up", Settings, {}))
    name = re.sub(r"[^a-z]+", "-", main).strip("-")
    with packages.lock(cache):
        for suite in suites:
            root = cache.root(f"{name}-tests", suite)
            try:
                return root if root.exists() else _fetch(cache, suite, root, (main, *names))
            except apt.SuiteMissingError:
                if suite == suites[-1]:
                    raise
    raise AssertionError("expected a suite")


def _fetch(cache, suite, root, names):
    mirror = cache.mirror or apt.own_mirror()
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache.folder) as name:
        state = Path(name) / suite
        apt._prepare(state, suite, mirror)
        apt._apt(state, mirror, ["update"], lambda _: None)
        wanted = [_resolve(state, package) for package in names]
        apt._apt(state, mirror, ["download", *_with_libraries(state, wanted)], lambda _: None)
        unpacked = Path(name) / "root"
        for deb in sorted(state.glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", deb, unpacked], check=True)
        _write_scripts(unpacked, root)
        unpacked.rename(root)
    return root


def _ask(state, command, *words):
    line = [command, "-c", state / "apt.conf", *words]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def _resolve(state, pattern):
    """Return the package that the suite has: `^postgresql-[0-9]+$` is a different one in each."""
    if "^" not in pattern:
        return pattern
    return _ask(state, "apt-cache", "search", "--names-only", pattern).split()[0]


def _with_libraries(state, names):
    install = ["--no-install-recommends", "--print-uris", "-qq", "-y", "install", *names]
    files = [line.split()[1] for line in _ask(state, "apt-get", *install).splitlines()]
    every = {file.partition("_")[0] for file in files}
    return sorted({*names, *filter(LIBRARY.fullmatch, every)})


def _write_scripts(unpacked, root):
    """Put a script in the place of each program, and name it in `bin`; `root` is where the folder will lie.

    In its place, because programs look for others in their own folder.
    """
    folders = [
        folder for folder in ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu") if (unpacked / folder).is_dir()
    ]
    libraries = ":".join(str(root / folder) for folder in folders)
    loaders = (path for folder in folders for path in (unpacked / folder).glob("ld-*.so*") if not path.is_symlink())
    loader = root / next(loaders).relative_to(unpacked)
    names = unpacked / "bin"
    names.mkdir(exist_ok=True)
    for program in sorted(unpacked.glob("usr/**/*bin/*")):
        if program.is_symlink() or not program.is_file() or program.read_bytes()[:4] != b"\x7fELF":
            continue
        real = program.rename(program.with_name(f"{program.name}.real"))
        script = SCRIPT.format(loader=loader, libraries=libraries, program=root / real.relative_to(unpacked))
        program.write_text(script)
        program.chmod(0o755)
        (names / program.name).unlink(missing_ok=True)
        (names / program.name).symlink_to(root / program.relative_to(unpacked))
