"""Names of PCI devices from pci.ids, the list that lspci uses (package pci.ids or hwdata)."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

# Where distributions put the list, below the root.
PLACES = ("usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids")


class PciIds(NamedTuple):
    """What a device says it is, each number in lower-case hexadecimal digits."""

    vendor: str
    device: str
    subsystem_vendor: str
    subsystem_device: str
    class_code: str


class PciNames:
    """The names of the wanted devices: of some 40,000 lines a machine needs a few dozen."""

    def __init__(self, lines: Iterable[str], wanted: Iterable[PciIds]) -> None:
        """Read the list; raise OSError when its lines can't be read."""
        self._names: dict[tuple[str, ...], str] = {}
        keys = {key for ids in wanted for key in _keys(ids)}
        for key, name in read_list(lines):
            if key in keys:
                self._names.setdefault(key, name)

    def name(self, *key: str, otherwise: str) -> str:
        """Return the name of a vendor, (vendor, device) or (vendor, device, subsystem's vendor and device)."""
        return self._names.get(key, otherwise)

    def class_name(self, code: str) -> str:
        """Return the name of the interface, of the subclass or else of the class, from six digits."""
        for digits in (6, 4, 2):
            if name := self._names.get(("class", code[:digits])):
                return name
        return f"Unknown class ({code})"


def _keys(ids: PciIds) -> Iterator[tuple[str, ...]]:
    yield (ids.vendor,)
    yield (ids.subsystem_vendor,)
    yield ids.vendor, ids.device
    yield ids.vendor, ids.device, ids.subsystem_vendor, ids.subsystem_device
    for digits in (2, 4, 6):
        yield "class", ids.class_code[:digits]


def read_list(lines: Iterable[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield (key, name) of each line: the numbers of its parents stand above it, a tab more to the left each."""
    parents: list[tuple[str, ...]] = [(), ()]
    is_class = False
    for line in lines:
        text = line.lstrip("\t")
        depth = len(line) - len(text)
        identifier, separator, name = text.rstrip("\n").partition("  ")
        if not separator or text.startswith("#") or depth > 2:
            continue
        if depth == 0:
            is_class = identifier.startswith("C ")
            key: tuple[str, ...] = ("class", identifier[2:].strip()) if is_class else (identifier,)
        elif is_class:
            key = ("class", parents[depth - 1][-1] + identifier.strip()) if parents[depth - 1] else ()
        else:
            key = (*parents[depth - 1], *identifier.split()) if parents[depth - 1] else ()
        parents[depth:] = [key] if depth < 2 else []
        parents += [()] * (2 - len(parents))
        if key:
            yield key, name.strip()


def open_list(root: Path, file: str) -> Path | None:
    """Return the path of the list: `file` when one is given, else where distributions put it; None without any."""
    if file:
        return Path(file)
    return next((path for place in PLACES if (path := root / place).is_file()), None)
