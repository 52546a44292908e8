"""apt_*, node_reboot_required: packages that wait for an update, and whether one waits for a reboot."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Annotated

import msgspec

from exporter.base.calls import Identity
from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.base.shared import SharedFiles
from exporter.exposition.text import Family, Sample, render
from exporter.packages.survey import AptSurvey
from exporter.parsing import items
from exporter.parsing.numbers import natural
from vigie.core.settings import Duration

# The names of prometheus-community/node-exporter-textfile-collector-scripts (apt_info.py).
LABELS = ("origin", "arch")
PENDING = Family("apt_upgrades_pending", "gauge", "Apt packages pending updates by origin", LABELS)
HELD = Family("apt_upgrades_held", "gauge", "Apt packages pending updates but held back.", LABELS)
UPDATED = Family("apt_package_cache_timestamp_seconds", "gauge", "Apt update last run time.")
REBOOT = Family("node_reboot_required", "gauge", "Node reboot is required for software updates.")
STAMPS = ("var/lib/apt/periodic/update-success-stamp", "var/lib/apt/periodic/update-stamp", "var/lib/apt/lists")
MARKERS = ("run/reboot-required", "var/run/reboot-required")
MODULES = ("usr/lib/modules", "lib/modules")
BOOT_TIME = b"btime "
LOOK_SECONDS = 30.0  # nothing of it changes in seconds


class PackagesOptions(Options, frozen=True, kw_only=True):
    """What is told of packages, and how often it is looked for."""

    updates: Annotated[bool, msgspec.Meta(description="Count the packages that wait, from apt's lists.")] = True
    updates_interval: Annotated[
        Duration, msgspec.Meta(ge=60, description="How often apt's files are looked at for a change.")
    ] = 3600.0


class Packages(Collector):
    """Exposes what waits: a scrape looks for a few files, all else is counted on a thread of its own."""

    options_type = PackagesOptions

    def __init__(self, roots: Roots, identity: Identity, files: SharedFiles, options: object = None) -> None:
        super().__init__(roots, options)
        self._identity = identity
        self._files = files
        self._survey = AptSurvey(roots.root, self.options.updates_interval)
        self._text = b""
        self._skipped = items.Skipped()
        self._look_again_at = 0.0

    def page(self) -> bytes:
        """Return the gauges; raise NotApplicableError where neither dpkg nor a kernel's modules are."""
        if monotonic() >= self._look_again_at:
            with items.Skipped() as self._skipped:
                self._text = render(self._look())
            self._look_again_at = monotonic() + LOOK_SECONDS
        self._skipped.repeat()
        return self._text

    def _look(self) -> Iterator[Sample]:
        root = self.roots.root
        if (root / "var" / "lib" / "dpkg" / "status").exists():
            yield Sample(REBOOT, int(any((root / marker).exists() for marker in MARKERS)))
            yield from self._read_apt()
            return
        modules = next((root / name for name in MODULES if (root / name).is_dir()), None)
        if modules is None:
            raise NotApplicableError(f"{root}: neither dpkg's status nor kernels' modules")
        with items.item(modules):
            yield Sample(REBOOT, int(self._has_newer_kernel(modules)))

    def close(self) -> None:
        """End the thread."""
        self._survey.close()

    def _read_apt(self) -> Iterator[Sample]:
        for name in STAMPS:
            try:
                updated = (self.roots.root / name).stat().st_mtime
            except OSError:
                continue
            yield Sample(UPDATED, updated)
            break
        if not self.options.updates:
            return
        pending, failures = self._survey.result()
        for place, reason in failures.items():
            items.skip(place, reason)
        if pending is not None:
            yield from _describe(PENDING, pending.upgrades)
            yield from _describe(HELD, pending.held)
        self._survey.start()

    def _has_newer_kernel(self, modules: Path) -> bool:
        """Return whether another kernel was installed since the boot: rpm leaves no marker. Raises OSError."""
        lines = self._files.read("stat").split(b"\n")
        booted = next((natural(line.removeprefix(BOOT_TIME)) for line in lines if line.startswith(BOOT_TIME)), None)
        if booted is None:
            raise ValueError("/proc/stat: expected a line `btime`")
        running = self._identity.uname().release
        return any(
            folder.name != running and folder.is_dir() and folder.stat().st_mtime > booted
            for folder in modules.iterdir()
        )


def _describe(family: Family, counts: Mapping[tuple[str, str], int]) -> Iterator[Sample]:
    """Yield the counts, or that there is nothing, which is told without labels."""
    for labels, count in counts.items() or [(("", ""), 0)]:
        yield Sample(family, count, labels)
