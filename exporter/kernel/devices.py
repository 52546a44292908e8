"""The devices of a class folder of /sys, and what of them stands still from scrape to scrape."""

import os
from collections.abc import Callable
from pathlib import Path

from exporter.kernel.files import read_text


class Device:
    """One device's folder; `fixed` attributes are read once for as long as the device is there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._fixed: dict[str, str] = {}

    def fixed(self, attribute: str) -> str:
        """Return the text of an attribute that never changes, "" when it is absent or can't be read."""
        text = self._fixed.get(attribute)
        if text is None:
            try:
                text = read_text(self.path / attribute)
            except FileNotFoundError:
                text = self._fixed[attribute] = ""  # what a driver lacks, it will lack the next time
            except OSError:
                return ""
            self._fixed[attribute] = text
        return text


class Devices:
    """The devices below a folder, each made once: a scrape lists the folder and opens only what changes."""

    def __init__(self, folder: Path, accepts: Callable[[str], object] = bool) -> None:
        self._folder = folder
        self._accepts = accepts
        self._known: dict[tuple[str, int], Device] = {}

    def find(self) -> list[Device]:
        """Return the devices whose names are accepted, sorted; [] without the folder; raise OSError.

        A device that was taken out and put in again has another inode, and is read anew.
        """
        try:
            with os.scandir(self._folder) as entries:
                keys = sorted((entry.name, entry.inode()) for entry in entries if self._accepts(entry.name))
        except (FileNotFoundError, NotADirectoryError):
            keys = []
        self._known = {key: self._known.get(key) or Device(self._folder / key[0]) for key in keys}
        return list(self._known.values())
