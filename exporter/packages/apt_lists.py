"""Understands dpkg's status and apt's lists: what is installed, what repositories offer, and what waits."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from exporter.packages.debian_version import DebianVersion
from exporter.parsing.items import UNREADABLE

STANZA_END = b"\n\n"
MOST_STANZA_BYTES = 1 << 20
FIELD = re.compile(rb"^([A-Za-z-]+):[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
ALL = "all"


class Installed(NamedTuple):
    """An installed package."""

    version: DebianVersion
    architecture: str
    is_held: bool


class Repository(NamedTuple):
    """Who offers packages; one that is not automatic upgrades only what came from such a one."""

    origin: str
    is_automatic: bool = True
    is_ignored: bool = False


class Offer(NamedTuple):
    """The highest version that was offered, and by whom."""

    version: DebianVersion
    architecture: str
    origins: frozenset[str]


class Pending(NamedTuple):
    """How many packages wait, by their origins and architecture; those held back apart."""

    upgrades: Mapping[tuple[str, str], int]
    held: Mapping[tuple[str, str], int]


def split_stanzas(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the stanzas of a file that is read in pieces; one that never ends is cut, so that memory is bounded."""
    rest = b""
    for chunk in chunks:
        *stanzas, rest = (rest + chunk).split(STANZA_END)
        yield from stanzas
        rest = rest[-MOST_STANZA_BYTES:]
    if rest.strip():
        yield rest


def read_fields(stanza: bytes) -> dict[str, str]:
    """Return a stanza's fields of one line; of a field that comes twice the first stands."""
    fields: dict[str, str] = {}
    for name, value in FIELD.findall(stanza):
        fields.setdefault(name.decode("ascii"), value.decode("utf-8", "replace"))
    return fields


def parse_status(stanzas: Iterable[bytes], failures: dict[str, str]) -> dict[str, list[Installed]]:
    """Return what is installed by name, once for each architecture; what is no package goes to `failures`."""
    installed: dict[str, list[Installed]] = {}
    for stanza in stanzas:
        fields = read_fields(stanza)
        wanted, _, state = fields.get("Status", "").partition(" ")
        if not state.endswith(" installed"):
            continue
        name = fields.get("Package", "")
        try:
            package = Installed(DebianVersion(fields["Version"]), fields["Architecture"], wanted == "hold")
        except UNREADABLE as error:
            failures[f"status: {name}"] = str(error)
        else:
            installed.setdefault(name, []).append(package)
    return installed


def parse_release(text: bytes) -> Repository:
    """Return who stands behind a Release or InRelease file, under the name that python-apt makes of it."""
    fields = read_fields(text)
    origin = f"{fields.get('Origin', '')}:{fields.get('Codename', '')}/{fields.get('Suite', '')}"
    if fields.get("NotAutomatic") == "yes":
        return Repository(origin, is_automatic=False, is_ignored=fields.get("ButAutomaticUpgrades") != "yes")
    return Repository(origin)


class Offers:
    """What repositories offer of the packages that are installed."""

    def __init__(self, installed: Mapping[str, list[Installed]]) -> None:
        self._installed = installed
        self._names = {name.encode(): name for name in installed}
        self._best: dict[tuple[str, str, bool], Offer] = {}
        self.failures: dict[str, str] = {}

    def add(self, stanza: bytes, repository: Repository) -> None:
        """Add a stanza of a Packages file."""
        line, _, _ = stanza.lstrip(b"\n").partition(b"\n")
        name = self._names.get(line.removeprefix(b"Package:").strip(b" \t\r"))
        if name is None or not line.startswith(b"Package:"):
            return
        fields = read_fields(stanza)
        if fields.get("Phased-Update-Percentage", "100") != "100":
            return  # a machine's turn comes when apt says so
        try:
            version, architecture = DebianVersion(fields["Version"]), fields["Architecture"]
        except UNREADABLE as error:
            self.failures[f"{repository.origin}: {name}"] = str(error)
            return
        for package in self._installed[name]:
            if package.architecture == architecture or ALL in {package.architecture, architecture}:
                key = (name, package.architecture, repository.is_automatic)
                self._keep(key, Offer(version, architecture, frozenset({repository.origin})))

    def _keep(self, key: tuple[str, str, bool], offer: Offer) -> None:
        best = self._best.get(key)
        if best is None or best.version < offer.version:
            self._best[key] = offer
        elif best.version == offer.version:
            self._best[key] = best._replace(origins=best.origins | offer.origins)

    def count(self) -> Pending:
        """Return how many packages are offered in a higher version than they are installed in."""
        upgrades: dict[tuple[str, str], int] = {}
        held: dict[tuple[str, str], int] = {}
        for name, packages in self._installed.items():
            for package in packages:
                if offer := self._candidate(name, package):
                    key = (",".join(sorted(offer.origins)), offer.architecture)
                    for counts in (upgrades, held) if package.is_held else (upgrades,):
                        counts[key] = counts.get(key, 0) + 1
        return Pending(upgrades, held)

    def _candidate(self, name: str, package: Installed) -> Offer | None:
        usual = self._best.get((name, package.architecture, True))
        if usual is not None and usual.version >= package.version:
            return usual if usual.version > package.version else None
        other = self._best.get((name, package.architecture, False))
        return other if other is not None and other.version > package.version else None
