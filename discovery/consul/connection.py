"""Reads Consul: six endpoints, no redirects, nothing from the environment, a token re-read when its file changes."""

import re
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from discovery.consul.access import Access
from vigie.core.http.address import Address, parse_address
from vigie.core.http.kept_alive import FAILURES, KeptAliveConnection, RefusedConnectionError
from vigie.core.http.secrets import SecretError, auth_headers, basic_auth

JITTER_SHARE = 1 / 16  # Consul itself adds up to wait/16 (its documentation of blocking queries)

OK = 200
NOT_GIVEN = frozenset({"status_400", "status_403", "status_404", "status_405", "status_501"})
INDEX = re.compile(r"[0-9]{1,19}")  # a number of 63 bits

_WHOLE_ANSWER = msgspec.json.Decoder(msgspec.Raw)


class ConsulError(Exception):
    """A read failed; `reason` is one word for a metric's label."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Answer(Struct, frozen=True):
    """What Consul answered: the index to wait from, whether it knows a leader, and the decoded body.

    `is_filtered` tells that the token may not read all of it (Consul 1.11 and newer say so).
    """

    index: int
    has_leader: bool
    body: bytes
    is_filtered: bool = False


def is_safe_name(name: str) -> bool:
    """Return whether a service's name may stand in a path: old servers redirect even quoted dots elsewhere."""
    return 0 < len(name) <= 512 and name.isprintable() and not any(part in {"", ".", ".."} for part in name.split("/"))


class Connection:
    """One kept-alive connection to Consul, for one thread; `abort` may be called from any other."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._addresses = [parse_address(url, "consul_url", allows_socket=True) for url in access.server.url]
        self._address_index = 0
        self._kept_alive: dict[Address, KeptAliveConnection] = {}
        self._current: KeptAliveConnection | None = None

    def services(self, index: int = 0, wait_seconds: float = 0) -> Answer:
        """Return `{name: [tag, …]}` of all services, waiting for an index above `index`; raise ConsulError."""
        return self._get("/v1/catalog/services", index, wait_seconds)

    def instances(self, service: str, index: int = 0, wait_seconds: float = 0) -> Answer:
        """Return the instances of `service` with node and checks; raise ConsulError, also for an unsafe name."""
        return self._get(_instances_path(service), index, wait_seconds)

    def small_instances(self, service: str) -> Answer:
        """Return the instances of a service that has few: without compression, which would double Consul's work."""
        return self._get(_instances_path(service), 0, 0, encoding="identity")

    def strict_instances(self, service: str) -> Answer:
        """Return the instances as the leader knows them after asking its followers; raise ConsulError."""
        return self._get(_instances_path(service), 0, 0, consistent="")

    def checks(self, status: str, index: int = 0, wait_seconds: float = 0) -> Answer:
        """Return the checks in `status` (`any`, `warning`, …); raise ConsulError."""
        return self._get(f"/v1/health/state/{quote(status, safe='')}", index, wait_seconds)

    def nodes(self) -> Answer:
        """Return all nodes of the catalog; raise ConsulError."""
        return self._get("/v1/catalog/nodes", 0, 0)

    def node_services(self, node: str) -> Answer:
        """Return a node with its services; raise ConsulError, also for a name that can't stand in a path."""
        if not is_safe_name(node):
            raise ConsulError("name", f"node name {node!r} can't stand in a URL path")
        return self._get(f"/v1/catalog/node/{quote(node, safe='')}", 0, 0)

    def catalog(self) -> Answer | None:
        """Return all nodes with their services, as Consul's own pages read them; raise ConsulError.

        None where this Consul, or a proxy before it, doesn't give that: the endpoint isn't part of the documented API.
        """
        try:
            return self._get("/v1/internal/ui/nodes", 0, 0)
        except ConsulError as error:
            if error.reason in NOT_GIVEN:
                return None
            raise

    def abort(self) -> None:
        """End a read that is waiting in another thread; it raises ConsulError there."""
        if self._current is not None:
            self._current.abort()

    def close(self) -> None:
        """Close the connection."""
        for connection in self._kept_alive.values():
            connection.close()

    def _get(self, path: str, index: int, wait_seconds: float, encoding: str = "gzip", **params: str) -> Answer:
        if index:
            params |= {"index": str(index), "wait": f"{wait_seconds:.0f}s"}
        params |= self._access.server.enterprise_params
        if self._access.datacenter:
            params["dc"] = self._access.datacenter
        read_seconds = self._access.timeout_seconds + (wait_seconds * (1 + JITTER_SHARE) if index else 0)
        target = f"{path}?{urlencode(params)}" if params else path
        address = self._addresses[self._address_index % len(self._addresses)]
        headers = {"Accept-Encoding": encoding, **self._headers(address)}
        where = f"{address.url}{path}"
        try:
            response = self._connection_to(address).get(target, headers, read_seconds)
        except FAILURES as error:
            self._next_address()
            reason = "too_many_connections" if isinstance(error, RefusedConnectionError) else "unreachable"
            raise ConsulError(reason, f"{where}: {type(error).__name__}: {error}") from error
        if response.status != OK:
            self._next_address()
            raise ConsulError(f"status_{response.status}", f"{where}: {response.body[:200]!r}")
        try:
            _WHOLE_ANSWER.decode(response.body)
        except msgspec.DecodeError as error:  # the body was cut off: its index must not be waited for
            raise ConsulError("answer", f"{where}: {error}") from error
        return Answer(
            index=_parse_index(response.headers.get("x-consul-index", "")),
            has_leader=response.headers.get("x-consul-knownleader", "").lower() == "true",
            body=response.body,
            is_filtered=response.headers.get("x-consul-results-filtered-by-acls", "").lower() == "true",
        )

    def _connection_to(self, address: Address) -> KeptAliveConnection:
        if address not in self._kept_alive:
            self._kept_alive[address] = KeptAliveConnection(
                address.url, self._access.server, self._access.timeout_seconds
            )
        self._current = self._kept_alive[address]
        return self._current

    def _next_address(self) -> None:
        self._address_index += 1

    def _headers(self, address: Address) -> dict[str, str]:
        try:
            signed = auth_headers(self._access.server)
        except SecretError as error:
            raise ConsulError("token_file", str(error)) from error
        return {**basic_auth(address.user, address.password), **signed}


def _instances_path(service: str) -> str:
    if not is_safe_name(service):
        raise ConsulError("name", f"service name {service!r} can't stand in a URL path")
    return f"/v1/health/service/{quote(service, safe='')}"


def _parse_index(text: str) -> int:
    """Return the index to wait from, 0 for what is none: then the next read waits for nothing."""
    return int(text) if INDEX.fullmatch(text) else 0
