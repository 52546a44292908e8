"""Reads Consul: four endpoints, no redirects, nothing from the environment, a token re-read when its file changes."""

from typing import NamedTuple
from urllib.parse import quote

import msgspec
import requests
from msgspec import Struct

from discovery.consul.abortable_adapter import AbortableAdapter
from vigie.core.http.address import Address, parse_address
from vigie.core.http.secrets import SecretError, auth_headers, basic_auth
from vigie.core.http.session import open_session
from vigie.core.settings import ConsulAccess

JITTER_SHARE = 1 / 16  # Consul itself adds up to wait/16 (its documentation of blocking queries)


_WHOLE_ANSWER = msgspec.json.Decoder(msgspec.Raw)


class ConsulError(Exception):
    """A read failed; `reason` is one word for a metric's label."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Answer(Struct, frozen=True):
    """What Consul answered: the index to wait from, whether it knows a leader, and the decoded body."""

    index: int
    has_leader: bool
    body: bytes


class Access(NamedTuple):
    """How Consul is reached; several addresses are tried in turn. No datacenter means the agent's own."""

    server: ConsulAccess
    timeout_seconds: float = 10.0
    datacenter: str = ""


def is_safe_name(name: str) -> bool:
    """Return whether a service's name may stand in a path: old servers redirect even quoted dots elsewhere."""
    return 0 < len(name) <= 512 and name.isprintable() and not any(part in {"", ".", ".."} for part in name.split("/"))


class Connection:
    """One kept-alive connection to Consul, for one thread; `abort` may be called from any other."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._addresses = [parse_address(url, "consul_url") for url in access.server.url]
        self._address_index = 0
        self._adapter = AbortableAdapter(max_retries=0, pool_connections=1, pool_maxsize=1)
        self._session = open_session(access.server)
        self._session.mount("http://", self._adapter)
        self._session.mount("https://", self._adapter)

    def services(self, index: int = 0, wait_seconds: float = 0) -> Answer:
        """Return `{name: [tag, …]}` of all services, waiting for an index above `index`; raise ConsulError."""
        return self._get("/v1/catalog/services", index, wait_seconds)

    def instances(self, service: str, index: int = 0, wait_seconds: float = 0) -> Answer:
        """Return the instances of `service` with node and checks; raise ConsulError, also for an unsafe name."""
        return self._get(_instances_path(service), index, wait_seconds)

    def strict_instances(self, service: str) -> Answer:
        """Return the instances as the leader knows them after asking its followers; raise ConsulError."""
        return self._get(_instances_path(service), 0, 0, consistent="")

    def checks(self, status: str, index: int = 0, wait_seconds: float = 0) -> Answer:
        """Return the checks in `status` (`any`, `warning`, …); raise ConsulError."""
        return self._get(f"/v1/health/state/{quote(status, safe='')}", index, wait_seconds)

    def nodes(self) -> Answer:
        """Return all nodes of the catalog; raise ConsulError."""
        return self._get("/v1/catalog/nodes", 0, 0)

    def abort(self) -> None:
        """End a read that is waiting in another thread; it raises ConsulError there."""
        self._adapter.abort()

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _get(self, path: str, index: int, wait_seconds: float, **params: str) -> Answer:
        if index:
            params |= {"index": str(index), "wait": f"{wait_seconds:.0f}s"}
        if self._access.datacenter:
            params["dc"] = self._access.datacenter
        read_seconds = self._access.timeout_seconds + (wait_seconds * (1 + JITTER_SHARE) if index else 0)
        address = self._addresses[self._address_index % len(self._addresses)]
        base = address.url
        try:
            response = self._session.get(
                base + path,
                params=params,
                headers=self._headers(address),
                timeout=(self._access.timeout_seconds, read_seconds),
                allow_redirects=False,
            )
        except (requests.RequestException, OSError) as error:
            self._address_index += 1
            raise ConsulError("unreachable", f"{base}{path}: {error}") from error
        if response.status_code != requests.codes.ok:
            self._address_index += 1
            raise ConsulError(f"status_{response.status_code}", f"{base}{path}: {response.text[:200]!r}")
        try:
            _WHOLE_ANSWER.decode(response.content)
        except msgspec.DecodeError as error:  # the body was cut off: its index must not be waited for
            raise ConsulError("answer", f"{base}{path}: {error}") from error
        return Answer(
            index=_parse_index(response.headers.get("X-Consul-Index")),
            has_leader=response.headers.get("X-Consul-KnownLeader", "").lower() == "true",
            body=response.content,
        )

    def _headers(self, address: Address) -> dict[str, str]:
        try:
            signed = auth_headers(self._access.server)
        except SecretError as error:
            raise ConsulError("token_file", str(error)) from error
        return {"Accept-Encoding": "gzip", **basic_auth(address.user, address.password), **signed}


def _instances_path(service: str) -> str:
    if not is_safe_name(service):
        raise ConsulError("name", f"service name {service!r} can't stand in a URL path")
    return f"/v1/health/service/{quote(service, safe='')}"


def _parse_index(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0
