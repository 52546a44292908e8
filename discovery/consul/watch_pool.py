"""Decides which thread follows what, within a bound on connections for any number of services."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from discovery.consul.blocking_query import BlockingQuery, QueryTiming
from discovery.consul.connection import Access, Connection
from discovery.consul.consistency_probe import ConsistencyProbe
from discovery.consul.health_overview import Digests, digest_services, find_changed
from discovery.consul.service_readers import ServiceReaders
from discovery.consul.updates import Fingerprint, OnUpdate, ReadFailure, ServiceInstances, ServiceList

RESET_AFTER_FAILED_PROBES = 2  # with one address; with several, the first failed probe is reason enough


class PoolOptions(NamedTuple):
    """How many services have a blocking query of their own; how often to probe, and to sweep over the rest."""

    query_connections: int
    probe_interval_seconds: float
    sweep_interval_seconds: float


class WatchPool:
    """All threads that read one datacenter; they call `on_update`."""

    def __init__(
        self,
        on_update: OnUpdate,
        access: Access,
        timing: QueryTiming,
        *,
        fingerprint: Fingerprint,
        options: PoolOptions,
    ) -> None:
        self._on_update, self._access, self._timing = on_update, access, timing
        self._query_connections = options.query_connections
        self._queries: dict[str, BlockingQuery] = {}
        self._stopped: list[BlockingQuery] = []
        self._overview: BlockingQuery | None = None
        self._digests: Digests = {}
        self._readers = ServiceReaders(access, self._report_instances, options.sweep_interval_seconds)
        self._probe = ConsistencyProbe(Connection(access), on_update, options.probe_interval_seconds, fingerprint)
        self._catalog = BlockingQuery(
            Connection(access), lambda connection, *wait: connection.services(*wait), self._report_services, timing
        )

    def start(self) -> None:
        """Begin to follow the list of services, and to probe."""
        self._probe.start()
        self._catalog.start()

    def follow(self, services: Iterable[str]) -> None:
        """Follow exactly these services: as many as connections allow by their own query, the rest by the overview."""
        followed = set(services)
        for name in self._queries.keys() - followed:
            self._stopped.append(self._queries.pop(name))
            self._stopped[-1].stop()
        new = sorted(followed - self._queries.keys())
        free = max(0, self._query_connections - len(self._queries))
        for name in new[:free]:
            self._queries[name] = self._query_instances(name)
            self._queries[name].start()
        self._readers.follow(new[free:])
        if new[free:] and self._overview is None:
            self._overview = BlockingQuery(
                Connection(self._access),
                lambda connection, *wait: connection.checks("any", *wait),
                self._read_changed,
                self._timing,
            )
            self._overview.start()

    def probe(self, *, with_nodes: bool = False, strict_services: Iterable[str] = ()) -> None:
        """Probe now; read the nodes as well if `with_nodes`, and each of `strict_services` strictly."""
        self._probe.request(with_nodes=with_nodes, strict_services=frozenset(strict_services))

    def reset(self) -> None:
        """Read everything anew: what was read before can't be believed."""
        self._digests = {}
        for query in self._running():
            query.reset()

    def note_failed_probes(self, count: int) -> None:
        """Reset the queries when `count` probes in a row reached nobody: they may wait in vain at a mute server."""
        if count == (RESET_AFTER_FAILED_PROBES if len(self._access.server.url) == 1 else 1):
            self.reset()  # which also makes each go to the next address

    def nudge(self) -> None:
        """Make sure that every thread noticed its last order; to be called now and then."""
        self._stopped = [query for query in self._stopped if query.is_alive()]
        for query in (*self._running(), *self._stopped):
            query.nudge()

    def _running(self) -> tuple[BlockingQuery, ...]:
        return (self._catalog, *self._queries.values(), *([self._overview] if self._overview else []))

    def _query_instances(self, name: str) -> BlockingQuery:
        return BlockingQuery(
            Connection(self._access),
            lambda connection, *wait: connection.instances(name, *wait),
            lambda body, at: self._report_instances(name, body, at),
            self._timing,
        )

    def _report_services(self, body: bytes | ReadFailure | None, at: float) -> None:
        self._on_update(body if isinstance(body, ReadFailure) else ServiceList(body, at))

    def _report_instances(self, name: str, body: bytes | ReadFailure | None, at: float) -> None:
        self._on_update(body if isinstance(body, ReadFailure) else ServiceInstances(name, body, at))

    def _read_changed(self, body: bytes | ReadFailure | None, _at: float) -> None:
        if isinstance(body, ReadFailure):
            self._on_update(body)
        elif body is not None:
            try:
                digests = digest_services(body)
            except msgspec.DecodeError as error:
                self._on_update(ReadFailure("answer", str(error)))
                return
            before, self._digests = self._digests, digests
            self._readers.request(find_changed(before, digests))
