"""The real discovery, from its settings to its files, run in virtual time beside a model of Consul."""

import json
import shutil
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import structlog

from discovery.program import make_bridge, prepare_pools, read_intervals
from discovery.settings import Settings
from tests.discovery.model.seam import seam
from vigie.core.settings import Common, ConsulAccess

# Few connections: some services have none of their own.
SETTINGS = {"watch_connections": 24}
JOBS = {"prove_seconds": "prove_held", "nodes_seconds": "check_lost", "files_check_seconds": "repair_files"}


class Scrape(NamedTuple):
    """One target as Prometheus reads it."""

    job: str
    address: str
    instance: str
    host: str
    dc: str
    service_id: str

    @property
    def key(self):
        return self.dc, self.host, self.service_id


class Refused(NamedTuple):
    """An instance that is told to be refused."""

    key: tuple[str, str, str]
    reason: str


def read_targets(folder):
    """Return all targets of a folder; raise ValueError for a file that Prometheus could not read."""
    scrapes = []
    for path in sorted(folder.glob("*.json")):
        for group in json.loads(path.read_bytes()):
            labels = group["labels"]
            scrapes += [
                Scrape(
                    labels["job"], address, labels["instance"], labels["host"], labels["dc"],
                    labels["__meta_consul_service_id"],
                )
                for address in group["targets"]
            ]  # fmt: skip
    return frozenset(scrapes)


class DiscoveryRun:
    """The bridge with its threads and periodic jobs; it may be stopped and started again with the same folder."""

    def __init__(self, simulation, network, token_file):
        self._simulation, self._token_file = simulation, token_file
        memory = Path("/dev/shm")  # a sync costs nothing there
        self.folder = Path(tempfile.mkdtemp(prefix="vigie-model-", dir=memory if memory.is_dir() else None))
        self.bridge = self._thread = None
        self.datacenters = ()
        self.connections_max = 0  # what settings promise at most
        self.log = []
        self._stack = ExitStack()
        self._stack.enter_context(seam(network))

    def start(self, datacenters, **changes):
        """Start it for these datacenters, with other settings than the machine's if need be."""
        self.datacenters = datacenters
        settings = Settings(output=self.folder / "targets", datacenters=datacenters, **{**SETTINGS, **changes})
        self.connections_max = settings.watch_connections + 7 * len(datacenters)
        with self._simulation.entered():
            self._keep_log()
            self.bridge = make_bridge(settings)
            pools = prepare_pools(settings, Common(consul=ConsulAccess(token_file=self._token_file)))
            self._thread = threading.Thread(target=lambda: self.bridge.run(pools))
            self._thread.start()
            intervals = read_intervals(settings)
            for name, action in JOBS.items():
                threading.Thread(target=self._repeat, args=(getattr(intervals, name), action)).start()

    def stop(self):
        """End it, as SIGTERM does; what it had still to write is written."""
        if self.bridge is None:
            return
        self.bridge.stop()
        assert self._simulation.run_until(lambda: not self._simulation.is_alive(self._thread), 60), "it does not end"
        self._simulation.end()
        self.bridge = None

    def close(self):
        """End it and forget its folder."""
        self._simulation.end()
        self._stack.close()
        structlog.reset_defaults()
        shutil.rmtree(self.folder)

    def call(self, name, *arguments):
        """Have the bridge's loop call one of its methods, as the control socket does."""
        bridge = self.bridge
        bridge.post(lambda: getattr(bridge, name)(*arguments))

    def targets(self):
        """Return what Prometheus would scrape now."""
        return read_targets(self.folder / "targets")

    def refused(self):
        """Return what is told to be refused now."""
        return frozenset(
            Refused(refusal.key, refusal.reason)
            for datacenter in self.bridge.snapshot().datacenters
            for refusals in datacenter.refusals.values()
            for refusal in refusals
        )

    def frozen(self):
        """Return the datacenters that are said to be frozen."""
        return frozenset(
            datacenter.name for datacenter in self.bridge.snapshot().datacenters if datacenter.state.freeze_reason
        )

    def counted_refusals(self):
        """Return the reasons that were counted."""
        samples = [sample for metric in self.bridge.counters.refused.collect() for sample in metric.samples]
        return frozenset(sample.labels["reason"] for sample in samples if sample.value)

    def writes(self):
        """Return how many files were written."""
        return self.bridge.counters.writes._value.get() if self.bridge else -1

    def _repeat(self, seconds, action):
        bridge = self.bridge
        while True:
            time.sleep(seconds)
            bridge.post(getattr(bridge, action))

    def _keep_log(self):
        def keep(_logger, method, event):
            self.log.append(f"{method} {event}")
            raise structlog.DropEvent

        structlog.configure(processors=[keep], cache_logger_on_first_use=False)
