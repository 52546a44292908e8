"""node_bonding_*: how many devices a bond has, and how many of them carry it (Documentation/networking/bonding.rst)."""

import os
from collections.abc import Iterable
from pathlib import Path

from exporter.base.collector import Collector, NotApplicableError
from exporter.exposition.text import Family, Sample
from exporter.kernel.files import read_text_or
from exporter.parsing.lines import split_words
from exporter.parsing.names import distinct_labels

SLAVES = Family("node_bonding_slaves", "gauge", "Number of configured slaves per bonding interface.", ("master",))
ACTIVE = Family("node_bonding_active", "gauge", "Number of active slaves per bonding interface.", ("master",))


class Bonding(Collector):
    """Exposes the bonds that /sys/class/net/bonding_masters names."""

    def collect(self) -> Iterable[Sample]:
        """Return the counts of each bond; raise NotApplicableError without the bonding driver, OSError."""
        folder = self.roots.sys / "class" / "net"
        try:
            masters = distinct_labels(split_words((folder / "bonding_masters").read_bytes()))
        except FileNotFoundError as error:
            raise NotApplicableError("no /sys/class/net/bonding_masters: the bonding driver is not loaded") from error
        states = {label: _slave_states(folder / os.fsdecode(master)) for master, label in masters.items()}
        for master, slaves in states.items():
            yield Sample(SLAVES, len(slaves), (master,))
            yield Sample(ACTIVE, slaves.count("up"), (master,))


def _slave_states(folder: Path) -> list[str]:
    """Return the link state of each slave of a bond; one that left between two reads is none of its slaves."""
    try:
        slaves = dict.fromkeys(split_words((folder / "bonding" / "slaves").read_bytes()))
    except OSError:  # the bond was taken away meanwhile
        return []
    names = [os.fsdecode(slave) for slave in slaves]
    states = [
        read_text_or(folder / f"lower_{slave}" / "bonding_slave" / "mii_status")
        # before Linux 3.18 the links have another prefix
        or read_text_or(folder / f"slave_{slave}" / "bonding_slave" / "mii_status")
        for slave in names
    ]
    return [state for state in states if state]
