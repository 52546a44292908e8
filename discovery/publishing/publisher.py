"""Brings the target files to what the sites know."""

import structlog

from discovery.datacenter.datacenter import Site
from discovery.guard import persistence
from discovery.guard.state import Entry
from discovery.metrics.counters import Counters
from discovery.publishing.files import Folder
from discovery.publishing.groups import file_name, is_ours, render, render_probes
from discovery.targets import probes
from discovery.targets.target import EXPORTER_SERVICE

log = structlog.get_logger()


class Publisher:
    """Writes what changed; what could not be written stays to be written."""

    def __init__(self, folder: Folder, counters: Counters) -> None:
        self._folder, self._counters = folder, counters
        self._dirty: set[str] = set()
        self._probed: set[str] = set()  # services with a probe in a file
        self._problem = ""
        self._has_written = False

    def remember(self, sites: tuple[Site, ...]) -> None:
        """Take over which services have probes in the files of before."""
        for site in sites:
            for service, entries in site.state.services.items():
                if any(one.target.probe for one in entries.values()):
                    self._probed.add(service)

    def take(self, sites: tuple[Site, ...]) -> bool:
        """Take over what the sites have to be written; return whether there is anything."""
        for site in sites:
            self._dirty |= site.dirty
            site.dirty = set()
        return bool(self._dirty) or any(site.is_memory_stale for site in sites)

    def write(self, sites: tuple[Site, ...]) -> bool:
        """Write it, the memory first: then no crash can make a target look as if it had never vanished.

        Returns whether the next write has to wait its time: a file was written, or could not be.
        """
        self.take(sites)
        self._has_written = False
        try:
            self._folder.prepare()
            self._folder.write_state(persistence.encode({site.name: site.memory() for site in sites}))
            for site in sites:
                site.is_memory_stale = False
            for service in sorted(self._dirty):
                self._put(file_name("node" if service == EXPORTER_SERVICE else service), self._render(sites, service))
            self._put_probes(sites)
        except OSError as error:
            self._failed(error)
            return True
        self._dirty.clear()
        if self._problem:
            log.info("targets can be written again")
        self._problem = ""
        return self._has_written

    def look_after(self, sites: tuple[Site, ...], *, is_fresh: bool) -> None:
        """Write again what somebody took away or, as long as Consul answers, changed.

        Who can't read Consul leaves alone what another bridge may have written in the meantime.
        """
        try:
            found = self._folder.disturbed()
        except OSError as error:
            self._failed(error)
            return
        names = found.missing | found.changed if is_fresh else found.missing
        if names:
            log.warning("target files were taken away or changed by somebody else", files=",".join(sorted(names)))
            self._counters.errors.labels("disturbed").inc()
            self._folder.forget(names)
            for site in sites:
                self._dirty |= site.state.services.keys()
                site.is_memory_stale = True

    def _render(self, sites: tuple[Site, ...], service: str) -> bytes:
        entries = _entries(sites, service)
        if any(one.target.probe for one in entries):
            self._probed.add(service)
        return render(one.target for one in entries)

    def _put_probes(self, sites: tuple[Site, ...]) -> None:
        if not self._dirty & self._probed:
            return
        targets = [one.target for service in self._probed for one in _entries(sites, service)]
        for kind in probes.KINDS:
            self._put(probes.file_name(kind), render_probes(targets, kind))

    def _put(self, name: str, content: bytes) -> None:
        assert is_ours(name)
        if self._folder.write(name, content):
            self._counters.writes.inc()
            self._has_written = True

    def _failed(self, error: OSError) -> None:
        """Count each attempt, log a problem once."""
        self._counters.errors.labels("write").inc()
        if str(error) != self._problem:
            log.error("can't write targets; trying again", folder=str(self._folder.path), detail=str(error))
        self._problem = str(error)


def _entries(sites: tuple[Site, ...], service: str) -> list[Entry]:
    return [one for site in sites for one in site.state.services.get(service, {}).values()]
