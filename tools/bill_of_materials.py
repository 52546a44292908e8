"""Writes what is in each distribution as CycloneDX 1.6: every library with its version, licence and digests.

Versions and digests are those of tools/locks; the licences are those that the installed distributions tell.
`python tools/bill_of_materials.py licences` prints them as a table, and fails at one that nobody has looked at.
"""

import json
import re
import sys
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"vigie-agent": "agent", "vigie-monitoring": "server"}
LINE = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; ([^\\]+))?", re.MULTILINE)
# Licences that may be shipped beside ours, by SPDX's name. What is not here needs a look, then a line.
ACCEPTED = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "PSF-2.0"}
# Those that bring the text of their licence alone, read by a person.
READ = {"promql-parser": "MIT", "verlib2": "BSD-2-Clause"}
# What distributions without a licence expression say, and what it means.
SPOKEN = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


class Library(NamedTuple):
    """A distribution of a lock."""

    name: str
    version: str
    digests: tuple[str, ...]
    licence: str


def read_lock(extra: str) -> list[Library]:
    """Return the libraries of a lock that are installed on Linux."""
    text = (ROOT / "tools" / "locks" / f"{extra}.txt").read_text()
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
    libraries = []
    for entry in filter(None, map(str.strip, entries)):
        match = LINE.match(entry)
        if match is None:
            sys.exit(f"tools/locks/{extra}.txt: expected NAME==VERSION, got {entry.splitlines()[0]!r}")
        if "win32" not in (match[3] or "").replace("!= 'win32'", ""):
            digests = tuple(sorted(re.findall(r"sha256:([0-9a-f]{64})", entry)))
            libraries.append(Library(match[1], match[2], digests, licence_of(match[1])))
    return libraries


def licence_of(name: str) -> str:
    """Return the licence of an installed distribution by SPDX's name, or what it says itself."""
    if name in READ:
        return READ[name]
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return "unknown"
    if "License-Expression" in told:
        return told["License-Expression"]
    spoken = told["License"].strip() if "License" in told else ""
    named = [*classified(told), spoken.splitlines()[0] if spoken else ""]
    return next((SPOKEN.get(text, text) for text in named if text), "unknown")


def classified(told: PackageMetadata) -> list[str]:
    """Return the licences among a distribution's classifiers."""
    classifiers = told.get_all("Classifier") or []
    return [text.rpartition(" :: ")[2] for text in classifiers if text.startswith("License :: OSI Approved ::")]


def bill(distribution: str, version: str) -> dict[str, Any]:
    """Return the bill of one distribution. It has no time and no serial number: the same lock gives the same bytes."""
    main = f"pkg:pypi/{distribution}@{version}"
    libraries = read_lock(LOCKS[distribution])
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": main,
                "name": distribution,
                "version": version,
                "purl": main,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [component(library) for library in libraries],
        "dependencies": [{"ref": main, "dependsOn": [purl(library) for library in libraries]}],
    }


def purl(library: Library) -> str:
    """Return the address of a library on PyPI in the form that scanners look up."""
    return f"pkg:pypi/{re.sub(r'[-_.]+', '-', library.name).lower()}@{library.version}"


def component(library: Library) -> dict[str, Any]:
    """Return one library. Each of its files has a digest of its own, so they are those of a reference."""
    reference = {
        "type": "distribution",
        "url": f"https://pypi.org/project/{library.name}/{library.version}/",
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in library.digests],
    }
    return {
        "type": "library",
        "bom-ref": purl(library),
        "name": library.name,
        "version": library.version,
        "purl": purl(library),
        "licenses": [{"expression": library.licence}],
        "externalReferences": [reference],
    }


def write_all(output: Path, version: str) -> None:
    """Write a bill for each distribution."""
    for distribution in LOCKS:
        path = output / f"{distribution}-{version}.cdx.json"
        path.write_text(json.dumps(bill(distribution, version), indent=1, sort_keys=True) + "\n")


def main() -> None:
    """Print the licences of what is shipped; fail at one that is not accepted."""
    libraries = read_lock("server")
    for library in libraries:
        print(f"{library.name:28} {library.version:14} {library.licence}")
    unknown = [library.name for library in libraries if not set(re.split(" AND | OR ", library.licence)) <= ACCEPTED]
    if unknown:
        sys.exit(f"not among the accepted licences of tools/bill_of_materials.py: {', '.join(unknown)}")


if __name__ == "__main__":
    main()
