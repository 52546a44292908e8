"""The local Consul agent, through py-consul, without the traps of its defaults."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import consul
from consul.callback import CB

from exporter.registration import SERVICE, Node, Record
from vigie.errors import UsageProblemError

TIMEOUT_SECONDS = 3.0
# A blocking query is held up to its wait and a sixteenth more (Consul's jitter).
JITTER = 1 / 16


class Agent:
    """Speaks to one agent; every method raises OSError or consul.ConsulException when it can't.

    The token file is read at each call, so that a rotated token counts at once.
    """

    def __init__(self, url: str, token_file: Path | None = None, watch_seconds: float = 20.0) -> None:
        """Take the agent's URL and how long a `wait_for_change` lasts; raise UsageProblemError when it is no URL."""
        self.url = url
        self._token_file = token_file
        self._watch_seconds = watch_seconds
        self._client = _connect(url, TIMEOUT_SECONDS)
        self._watcher = _connect(url, TIMEOUT_SECONDS + watch_seconds * (1 + JITTER))

    def node(self) -> Node | None:
        """Return the agent's node, None when the token lacks agent:read."""
        try:
            found = self._get(self._client, "/v1/agent/self")
        except consul.ACLPermissionDenied:
            return None
        return Node(found["Config"]["NodeName"], found["Member"]["Addr"])

    def register(self, record: Record) -> None:
        """Register the service, leaving other people's checks and maintenance alone."""
        self._client.agent.service.register(
            SERVICE,
            service_id=record.id,
            address=record.address or None,
            port=record.port,
            tags=list(record.tags),
            meta=record.meta,
            check=record.check,
            token=self._token(),
        )

    def wait_for_change(self, service_id: str, known_hash: str) -> str:
        """Return the hash of the service's definition once it differs from `known_hash`, "" when it is gone.

        Waits up to `watch_seconds`, not at all when no hash is known:
        https://developer.hashicorp.com/consul/api-docs/features/blocking#hash-based-blocking-queries
        """
        params = {"hash": known_hash, "wait": f"{self._watch_seconds:g}s"} if known_hash else {}
        found = self._get(self._watcher, f"/v1/agent/service/{service_id}", params)
        return str(found["ContentHash"]) if found else ""

    def is_in_catalog(self, service_id: str) -> bool:
        """Return whether the servers know the service: an agent can take a registration that never reaches them."""
        found = self._get(self._client, f"/v1/health/service/{SERVICE}") or []
        return any(one["Service"]["ID"] == service_id for one in found)

    def maintenance_reason(self, service_id: str) -> str | None:
        """Return why the service is in maintenance, None when it isn't."""
        check = (self._get(self._client, "/v1/agent/checks") or {}).get(f"_service_maintenance:{service_id}")
        return str(check["Notes"]) if check else None

    def set_maintenance(self, service_id: str, reason: str | None) -> None:
        """Put the service into maintenance for `reason`, or take it out when None."""
        self._client.agent.service.maintenance(
            service_id, "true" if reason is not None else "false", reason, token=self._token()
        )

    def deregister(self, service_id: str) -> None:
        """Remove the service from the agent, which removes it from the catalog."""
        self._client.agent.service.deregister(service_id, token=self._token())

    def close(self) -> None:
        """Close the connections."""
        self._client.http.session.close()
        self._watcher.http.session.close()

    def _get(self, client: consul.Consul, path: str, params: dict[str, str] | None = None) -> Any:
        headers = client.prepare_headers(self._token())
        return client.http.get(CB.json(), path, params=list((params or {}).items()), headers=headers)

    def _token(self) -> str | None:
        return self._token_file.read_text().strip() if self._token_file else None


def _connect(url: str, timeout_seconds: float) -> consul.Consul:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageProblemError(f"consul_url {url!r}: expected http://HOST:PORT or https://HOST:PORT")
    client = consul.Consul(
        host=parts.hostname,
        port=parts.port or 8500,
        scheme=parts.scheme,
        verify=True,
        connections_timeout=timeout_seconds,
    )
    # py-consul lets CONSUL_HTTP_TOKEN win over its caller, honours HTTP_PROXY for loopback too, and follows
    # redirects with the token; none of it is wanted.
    client.token = None
    client.http.session.trust_env = False
    client.http.session.max_redirects = 0
    return client
