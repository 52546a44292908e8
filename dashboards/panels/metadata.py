"""What every panel must say of itself, and the id that follows from it."""

import zlib
from typing import NamedTuple


class Metadata(NamedTuple):
    """What a panel is called, what it shows and how to read it, and its values' unit in Grafana's words."""

    title: str
    description: str
    unit: str


def panel_id(title: str) -> int:
    """Return a panel's id, made from its title: links to a panel survive the insertion of others."""
    return zlib.crc32(title.encode()) % (2**31 - 1) + 1  # never 0: Grafana does not find that panel
