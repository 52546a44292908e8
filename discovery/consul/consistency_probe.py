"""Probes Consul beside the blocking queries: whether its index went back, what we may read, which nodes exist."""

import queue
import threading
import time
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from discovery.consul.absences import Absence, find_hidden
from discovery.consul.connection import Connection, ConsulError
from discovery.consul.connection_limit import REFUSALS
from discovery.consul.records import decode_instance, iterate_rows, node_names
from discovery.consul.updates import (
    Fingerprint,
    FreezeReason,
    OnUpdate,
    ProbeResult,
    ReadFailure,
    StrictRead,
    ThreadRestart,
)
from vigie.core.supervised_thread import keep_running

AFTER_REFUSAL_SECONDS = 2.5  # by then the pool has given connections up
CANARY = "consul"  # every server registers itself; an answer without an instance of it was filtered by an ACL


class _Request(NamedTuple):
    with_nodes: bool = False
    strict_services: frozenset[str] = frozenset()


class ConsistencyProbe(threading.Thread):
    """Probes every interval, and at once on request."""

    def __init__(
        self, connection: Connection, on_update: OnUpdate, interval_seconds: float, fingerprint: Fingerprint
    ) -> None:
        super().__init__(daemon=True)
        self._connection, self._on_update, self._interval_seconds = connection, on_update, interval_seconds
        self._fingerprint = fingerprint
        self._accepts_filtered = False
        self.absences: tuple[Absence, ...] = ()  # replaced by whoever misses something
        self._requests: queue.SimpleQueue[_Request] = queue.SimpleQueue()

    def request(self, *, with_nodes: bool, strict_services: frozenset[str] = frozenset()) -> None:
        """Probe now; read the nodes as well if `with_nodes`, and read each of `strict_services` strictly."""
        self._requests.put(_Request(with_nodes, strict_services))

    def accept_filtered(self) -> None:
        """Take what the token may read from now on for all that there is."""
        self._accepts_filtered = True

    def run(self) -> None:
        """Probe for ever."""
        keep_running("probe", self._probe_for_ever, lambda thread: self._on_update(ThreadRestart(thread)))

    def _probe_for_ever(self) -> None:
        request = _Request()
        while True:
            is_refused = False
            if self._accepts_filtered:
                self._accepts_filtered = False
                self._fingerprint = replace(self._fingerprint, is_filtered=None)
            try:
                result = probe(self._connection, self._fingerprint, with_nodes=request.with_nodes)
                self._fingerprint = result.fingerprint
                if result.freeze_reason is None and not result.fingerprint.is_filtered:
                    result = result._replace(hidden=find_hidden(self._connection, self.absences))
                self._on_update(result)
                if result.freeze_reason is None:
                    self._read_strictly(request.strict_services)
            except ConsulError as error:
                self._on_update(ReadFailure(error.reason, str(error), is_probe=True))
                is_refused = error.reason in REFUSALS
            except msgspec.DecodeError as error:
                self._on_update(ReadFailure("answer", str(error), is_probe=True))
            # Each probe makes a connection of its own, and so notices when there is none left for anybody else.
            self._connection.close()
            request = self._wait(AFTER_REFUSAL_SECONDS if is_refused else self._interval_seconds)

    def _read_strictly(self, services: frozenset[str]) -> None:
        for name in sorted(services):
            at = time.time()
            answer = self._connection.strict_instances(name)
            if not answer.has_leader:
                raise ConsulError("no_leader", "Consul answers without a leader")
            if answer.is_filtered and not self._fingerprint.is_filtered:
                continue  # what is missing in it may be hidden
            self._on_update(StrictRead(name, answer.body, at))

    def _wait(self, seconds: float) -> _Request:
        """Return what the next probe reads besides, when it is time or somebody requests it."""
        try:
            request = self._requests.get(timeout=min(seconds, self._interval_seconds))
            while not self._requests.empty():
                more = self._requests.get()
                request = _Request(
                    request.with_nodes or more.with_nodes, request.strict_services | more.strict_services
                )
        except queue.Empty:
            return _Request()
        return request


def probe(connection: Connection, before: Fingerprint, *, with_nodes: bool) -> ProbeResult:
    """Return what Consul's plain reads say now; raise ConsulError, also when no leader is known.

    Blocking answers prove nothing: Consul 1.22 serves them from its streaming backend even without a leader.
    """
    at = time.time()
    services = connection.services()
    canary = connection.instances(CANARY)
    if not (services.has_leader and canary.has_leader):
        raise ConsulError("no_leader", "Consul answers without a leader")
    servers = [decode_instance(row).node for _, row in iterate_rows(canary.body)]
    nodes = connection.nodes() if with_nodes else None
    is_filtered = services.is_filtered or canary.is_filtered or (nodes is not None and nodes.is_filtered)
    fingerprint = Fingerprint(
        services.index,
        frozenset(server.id for server in servers) or before.servers,
        is_filtered and before.is_filtered is not False,
    )
    reason = find_freeze_reason(before, fingerprint, has_canary=bool(servers))
    if reason is None and is_filtered and not fingerprint.is_filtered:
        reason = "filtered"
    return ProbeResult(
        at=at,
        freeze_reason=reason,
        nodes=node_names(nodes.body) if nodes else None,
        fingerprint=fingerprint,
        dc=servers[0].datacenter if servers else "",
    )


def find_freeze_reason(before: Fingerprint, now: Fingerprint, *, has_canary: bool) -> FreezeReason | None:
    """Return why Consul's answers can't be right, None when they can.

    An index that went back, or servers none of which was there before, mean that Consul began with other data.
    """
    if now.index < before.index or (before.servers and not before.servers & now.servers):
        return "index"
    return None if has_canary else "canary"
