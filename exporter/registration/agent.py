"""The local Consul agent, through py-consul, without the traps of its defaults."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import consul
from consul.callback import CB

from exporter.registration.record import Node, Record, check_address
from vigie.core.errors import UsageProblemError
from vigie.core.http.secrets import check_user, read_token
from vigie.core.http.session import ServerNameAdapter
from vigie.core.http.unix_socket import UnixAdapter, socket_path
from vigie.core.settings import ConsulAccess

TIMEOUT_SECONDS = 3.0
UNKNOWN_TOKEN = "ACL not found"  # noqa: S105 - how Consul says that it does not know a token
# A blocking query is held up to its wait and a sixteenth more (Consul's jitter).
JITTER = 1 / 16


class Agent:
    """Speaks to one agent, for any number of our services, from any thread.

    Every method raises OSError, SecretError or consul.ConsulException when it can't. The token file is read at each
    call. Consul keeps a service up to date with the token that registered it, so a service is registered anew with a
    changed token before anything else is done to it (Consul 1.8 would answer 200 to a deregistration and keep the
    instance).
    """

    def __init__(
        self,
        url: str,
        token_file: Path | None = None,
        watch_interval_seconds: float = 20.0,
        access: ConsulAccess | None = None,
    ) -> None:
        """Take the agent's URL and the longest `wait_for_change`.

        Raises UsageProblemError when it is no URL, or when a certificate's key comes without the certificate.
        """
        self.url = url
        self.token_file = token_file
        self._client = _connect(url, TIMEOUT_SECONDS, access or ConsulAccess())
        self._watcher = _connect(url, TIMEOUT_SECONDS + watch_interval_seconds * (1 + JITTER), access or ConsulAccess())
        self._registered: dict[str, tuple[Record, str | None]] = {}

    def node(self) -> Node | None:
        """Return the agent's node, None when the token lacks agent:read."""
        try:
            answer = self._get("/v1/agent/self")
        except consul.ACLPermissionDenied as error:
            if UNKNOWN_TOKEN in str(error):
                raise
            return None
        try:
            return Node(answer["Config"]["NodeName"], answer["Member"]["Addr"], answer["Config"]["NodeID"])
        except (KeyError, TypeError) as error:
            raise consul.ConsulException(f"{self.url} does not answer like a Consul agent") from error

    def register(self, record: Record) -> None:
        """Register the service, leaving other people's checks and maintenance alone."""
        token = self._token()
        done = self._client.agent.service.register(
            record.service,
            service_id=record.id,
            address=record.address or None,
            port=record.port,
            tags=list(record.tags),
            meta=record.meta,
            check=record.check,
            token=token,
        )
        _demand(done, f"/v1/agent/service/register of {record.id}")
        self._registered[record.id] = (record, token)

    def has_new_token(self, service_id: str) -> bool:
        """Return whether the service was registered with another token than the one that holds now."""
        return service_id in self._registered and self._registered[service_id][1] != self._token()

    def services(self) -> dict[str, Record]:
        """Return what is registered with the agent, as far as the token may see it, by ID; without checks."""
        return {
            service_id: Record(
                service_id,
                service["Service"],
                service["Address"],
                service["Port"],
                tuple(service["Tags"] or ()),
                service["Meta"] or {},
                {},
            )
            for service_id, service in (self._get("/v1/agent/services") or {}).items()
        }

    def wait_for_change(self, service_id: str, known_hash: str, wait_seconds: float) -> str:
        """Return the hash of the service's definition once it differs from `known_hash`, "" when it is gone.

        Waits up to `wait_seconds`, not at all when no hash is known:
        https://developer.hashicorp.com/consul/api-docs/features/blocking#hash-based-blocking-queries
        """
        params = {"hash": known_hash, "wait": f"{wait_seconds:g}s"} if known_hash else {}
        service = self._get(f"/v1/agent/service/{service_id}", params, self._watcher)
        return str(service["ContentHash"]) if service else ""

    def is_in_catalog(self, record: Record, node: Node) -> bool | None:
        """Return whether the servers know the service as it is registered, None when the token may not read `node`.

        An agent can take a registration that never reaches them; then they may still hold one of an earlier agent of
        the same name, so the node's ID counts too. Without node:read every instance is filtered out of the answer.
        """
        params = {"filter": f'ServiceID == "{record.id}"'}
        for instance in self._get(f"/v1/catalog/service/{record.service}", params) or []:
            if instance["ServiceMeta"] == record.meta and instance["ID"] == (node.id or instance["ID"]):
                check_address(record.address, [instance["Address"], *(instance["TaggedAddresses"] or {}).values()])
                return True
        return False if self._get("/v1/catalog/nodes", {"filter": f'Node == "{node.name}"'}) else None

    def maintenance_reasons(self) -> dict[str, str]:
        """Return why services of this agent are in maintenance, by their IDs."""
        checks = (self._get("/v1/agent/checks") or {}).items()
        prefix = "_service_maintenance:"
        return {key.removeprefix(prefix): check["Notes"] for key, check in checks if key.startswith(prefix)}

    def set_maintenance(self, service_id: str, reason: str | None) -> None:
        """Put the service into maintenance for `reason`, whatever it was in for before, or take it out when None."""
        self._renew(service_id)
        # Consul answers 200 to a second reason and keeps the first, so the service is taken out before.
        for enable in ("false", "true") if reason is not None else ("false",):
            done = self._client.agent.service.maintenance(
                service_id, enable, reason if enable == "true" else None, token=self._token()
            )
            _demand(done, f"maintenance of {service_id}")

    def pass_check(self, service_id: str) -> None:
        """Tell the agent that a service with a TTL check is alive."""
        _demand(self._client.agent.check.ttl_pass(f"service:{service_id}", token=self._token()), f"TTL of {service_id}")

    def deregister(self, service_id: str) -> None:
        """Remove the service from the agent, which removes it from the catalog."""
        self._renew(service_id)
        self._client.agent.service.deregister(service_id, token=self._token())
        self._registered.pop(service_id, None)

    def close(self) -> None:
        """Close the connections."""
        self._client.http.session.close()
        self._watcher.http.session.close()

    def _renew(self, service_id: str) -> None:
        if self.has_new_token(service_id):
            self.register(self._registered[service_id][0])

    def _get(self, path: str, params: dict[str, str] | None = None, client: consul.Consul | None = None) -> Any:
        """Return the answer's JSON, None for 404."""
        client = client or self._client
        headers = client.prepare_headers(self._token())
        answer = client.http.get(CB.json(), path, params=list((params or {}).items()), headers=headers)
        if answer is not None and not isinstance(answer, dict | list):
            raise consul.ConsulException(f"{self.url}{path} does not answer like a Consul agent")
        return answer

    def _token(self) -> str | None:
        return read_token(self.token_file) if self.token_file else None


def _demand(done: bool, what: str) -> None:  # noqa: FBT001 - py-consul's own answer
    """Raise for the 404 that py-consul answers with False."""
    if not done:
        raise consul.NotFound(f"404 {what}")


def _connect(url: str, timeout_seconds: float, access: ConsulAccess) -> consul.Consul:
    path = socket_path(url)
    parts = urlsplit("http://localhost" if path else url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        expected = "http://HOST:PORT, https://HOST:PORT or unix:///PATH"
        raise UsageProblemError(f"consul_url {url!r}: expected {expected}")
    if access.key_file and not access.cert_file:
        raise UsageProblemError("consul_key_file is given without consul_cert_file: expected both, or neither")
    key = (str(access.cert_file), str(access.key_file)) if access.cert_file and access.key_file else None
    login = check_user(access)
    client = consul.Consul(
        host=f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname,
        port=parts.port or 8500,
        scheme=parts.scheme,
        verify=str(access.ca_file) if access.ca_file else True,
        cert=key or (str(access.cert_file) if access.cert_file else None),
        connections_timeout=timeout_seconds,
    )
    # py-consul lets CONSUL_HTTP_TOKEN win over its caller, honours HTTP_PROXY for loopback too, and follows
    # redirects with the token; none of it is wanted.
    client.token = None
    client.http.session.trust_env = False
    client.http.session.max_redirects = 0
    client.http.session.auth = login
    if path:
        client.http.session.mount("http://", UnixAdapter(path))
    elif access.tls_server_name:
        client.http.session.mount("https://", ServerNameAdapter(access.tls_server_name))
    if access.enterprise_params:
        plain_uri = client.http.uri
        named = list(access.enterprise_params.items())
        client.http.uri = lambda path, params=None: plain_uri(path, [*(params or ()), *named])
    return client
