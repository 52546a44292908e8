"""Brings the target files to what the datacenters hold."""

import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping

import structlog

from discovery.datacenter.datacenter import Datacenter
from discovery.guard import persistence
from discovery.guard.state import Entry
from discovery.metrics.counters import Counters
from discovery.publishing.empty_files import EmptyFiles
from discovery.publishing.files import DISPLACED_FILE, Folder
from discovery.publishing.groups import file_name, is_ours, render, render_probes
from discovery.targets.blackbox_probes import PROBE_KINDS, probe_file_name
from discovery.targets.target import job_of

log = structlog.get_logger()

Datacenters = tuple[Datacenter, ...]

TURN_SECONDS = 0.5  # after so long a write leaves the rest for the next one


class Publisher:
    """Writes what changed; what could not be written stays to be written."""

    def __init__(self, folder: Folder, counters: Counters, ended_retention_seconds: float) -> None:
        self._folder, self._counters = folder, counters
        self._empty_files = EmptyFiles(ended_retention_seconds)
        self._changed_services: dict[str, None] = {}  # in the order in which they changed last
        self._probed_services: set[str] = set()  # with a probe in a file
        self._problem = ""
        self._has_written = False
        self._has_new = False  # since the state was written last
        self.has_backlog = False  # whether the last write left something to be written

    def note_files(self, files: Mapping[str, bytes]) -> None:
        """Note the files of before, of which some may be of jobs that have ended."""
        for name, content in files.items():
            self._empty_files.note(name, content)

    def note_probed(self, datacenters: Datacenters) -> None:
        """Note which services have probes in the files of before."""
        for datacenter in datacenters:
            for service, entries in datacenter.keeper.state.services.items():
                if any(entry.target.probe for entry in entries.values()):
                    self._probed_services.add(service)

    def note_deselected(self, services: Iterable[str]) -> None:
        """Note the services of targets whose datacenter the settings no longer name: they leave the files."""
        counts = Counter(services)
        self._note_changed(counts)
        if counts:
            self._probed_services |= counts.keys()
            self._counters.removed.labels("deselected").inc(counts.total())
            log.info("targets of datacenters that are no longer read", count=counts.total())

    def remove_ended(self, datacenters: Datacenters) -> None:
        """Take away the files of jobs that have had no target for long: Prometheus has read the empty ones.

        It forgets the targets of a file that is gone, too (discovery/file), but for one that it has never read again.
        """
        try:
            ended = self._empty_files.remove_old(self._folder)
        except OSError as error:
            self._note_failure(error)
            return
        for datacenter in datacenters if ended else ():
            datacenter.keeper.forget_services(lambda service: file_name(job_of(service)) in ended)

    def collect(self, datacenters: Datacenters) -> bool:
        """Take over what the datacenters have to be written; return whether there is anything."""
        for datacenter in datacenters:
            keeper = datacenter.keeper
            self._has_new |= bool(keeper.changed_services) or keeper.has_unsaved_state
            self._note_changed(keeper.changed_services)
            keeper.changed_services = set()
        return bool(self._changed_services) or self._has_new

    def write(self, datacenters: Datacenters) -> bool:
        """Write it, the state first: then no crash can make a target look as if it had never vanished.

        Returns whether the next write has to wait its time: a file was written, or could not be. What takes longer than
        a moment is left for the next call (`has_backlog`), so that one accident doesn't keep the loop from the rest.
        """
        self.collect(datacenters)
        is_backlog, self._has_written, self.has_backlog = self.has_backlog, False, False
        try:
            self._folder.prepare()
            if self._has_new or not is_backlog:  # the state of a backlog was written with its beginning
                self._write_state(datacenters)
                self._has_new = False
            services = self._write_services(datacenters)
            self._write_probes(datacenters, services)
        except OSError as error:
            self._note_failure(error)
            return True
        for service in services:
            del self._changed_services[service]
        self.has_backlog = bool(self._changed_services)
        if self._problem:
            log.info("targets can be written again")
        self._problem = ""
        return self._has_written

    def repair(self, datacenters: Datacenters, *, is_fresh: bool) -> None:
        """Write again what somebody took away or, as long as Consul answers, changed.

        A bridge that can't read Consul leaves alone what another bridge may have written in the meantime.
        """
        try:
            foreign = self._folder.find_foreign_changes()
        except OSError as error:
            self._note_failure(error)
            return
        missing = self._empty_files.without_removed(foreign.missing, self._folder)
        names = missing | foreign.changed if is_fresh else missing
        if names:
            log.warning("target files were taken away or changed by somebody else", files=",".join(sorted(names)))
            self._counters.errors.labels("disturbed").inc()
            self._folder.invalidate(names)
            for datacenter in datacenters:
                self._note_changed(datacenter.keeper.state.services)
                datacenter.keeper.has_unsaved_state = True

    def _write_state(self, datacenters: Datacenters) -> None:
        saved = {datacenter.name: datacenter.keeper.save() for datacenter in datacenters}
        self._folder.write_state(persistence.encode(saved))
        displaced = (entry.target for datacenter in datacenters for entry in datacenter.keeper.displaced_entries())
        self._folder.write(DISPLACED_FILE, render(displaced))
        for datacenter in datacenters:
            datacenter.keeper.has_unsaved_state = False

    def _note_changed(self, services: Iterable[str]) -> None:
        for service in sorted(services):
            self._changed_services.pop(service, None)
            self._changed_services[service] = None

    def _write_services(self, datacenters: Datacenters) -> list[str]:
        """Write the files of services for a moment, the one that changed last and the one that waits longest in turn.

        Returns of which: what has just changed never waits for thousands that changed before, nor they for ever.
        """
        waiting = deque(self._changed_services)
        written: list[str] = []
        until = time.monotonic() + TURN_SECONDS
        while waiting and (not written or time.monotonic() < until):
            service = waiting.popleft() if len(written) % 2 else waiting.pop()
            name, content = file_name(job_of(service)), self._render(datacenters, service)
            self._write(name, content)
            self._empty_files.note(name, content)
            written.append(service)
        return written

    def _render(self, datacenters: Datacenters, service: str) -> bytes:
        entries = _entries(datacenters, service)
        if any(entry.target.probe for entry in entries):
            self._probed_services.add(service)
        return render(entry.target for entry in entries)

    def _write_probes(self, datacenters: Datacenters, services: Iterable[str]) -> None:
        if self._probed_services.isdisjoint(services):
            return
        targets = [entry.target for service in self._probed_services for entry in _entries(datacenters, service)]
        for kind in PROBE_KINDS:
            self._write(probe_file_name(kind), render_probes(targets, kind))

    def _write(self, name: str, content: bytes) -> None:
        assert is_ours(name)
        if self._folder.write(name, content):
            self._counters.writes.inc()
            self._has_written = True

    def _note_failure(self, error: OSError) -> None:
        """Count each attempt, log a problem once."""
        self._counters.errors.labels("write").inc()
        if str(error) != self._problem:
            log.error("can't write targets; trying again", folder=str(self._folder.path), detail=str(error))
        self._problem = str(error)


def _entries(datacenters: Datacenters, service: str) -> list[Entry]:
    return [entry for datacenter in datacenters for entry in datacenter.view().published(service)]
