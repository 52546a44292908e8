"""How a server is reached, declared once for every server: addresses, sign-in, TLS."""

from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from vigie.core.settings.fields import Urls


class Credentials(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How we sign in at a server, and which certificates count; `{server}` in a help text is the server's name.

    Secrets are in files, which are read for each request, so that a changed file counts at once.
    """

    server: ClassVar[str] = "the server"
    prefix: ClassVar[str] = ""  # of its settings' names: `prometheus` makes `prometheus_user`
    token_header: ClassVar[str] = "Authorization"  # noqa: S105 - a header's name

    user: Annotated[str | None, Meta(description="User at {server} (basic authentication).")] = None
    password_file: Annotated[Path | None, Meta(description="File with that user's password at {server}.")] = None
    token_file: Annotated[Path | None, Meta(description="File with a bearer token for {server}.")] = None
    ca_file: Annotated[
        Path | None, Meta(description="PEM file with the authority that vouches for {server}'s certificate.")
    ] = None
    cert_file: Annotated[
        Path | None, Meta(description="PEM file with our certificate, when {server} asks for one.")
    ] = None
    key_file: Annotated[Path | None, Meta(description="PEM file with that certificate's key.")] = None


class ServerAccess(Credentials, frozen=True):
    """How one kind of server is reached; several addresses are a pair or a cluster."""

    url: Annotated[Urls, Meta(description="{server}; repeatable.")] = ()


class ConsulAccess(ServerAccess, frozen=True):
    """Consul's HTTP API, whose tokens have a header of their own."""

    server = "Consul"
    prefix = "consul"
    token_header = "X-Consul-Token"  # noqa: S105 - a header's name
    url: Annotated[Urls, Meta(description="Consul's HTTP API; repeatable.")] = ("http://127.0.0.1:8500",)
    token_file: Annotated[Path | None, Meta(description="File with the Consul token, read again when it changes.")] = (
        None
    )

    tls_server_name: Annotated[
        str | None, Meta(description="Name in {server}'s certificate, when its URL has another (SNI and check).")
    ] = None
    namespace: Annotated[str | None, Meta(description="Namespace in {server} Enterprise.")] = None
    partition: Annotated[str | None, Meta(description="Admin partition in {server} Enterprise.")] = None

    @property
    def enterprise_params(self) -> dict[str, str]:
        """The parameters of a request that name namespace and partition; none unless they are set."""
        named = {"ns": self.namespace, "partition": self.partition}
        return {name: value for name, value in named.items() if value}


class PrometheusAccess(ServerAccess, frozen=True):
    """Prometheus."""

    server = "Prometheus"
    prefix = "prometheus"
    url: Annotated[Urls, Meta(description="Prometheus; repeatable.")] = ("http://127.0.0.1:9090",)


class AlertmanagerAccess(ServerAccess, frozen=True):
    """Alertmanager."""

    server = "Alertmanager"
    prefix = "alertmanager"
    url: Annotated[Urls, Meta(description="Alertmanager; repeatable.")] = ("http://127.0.0.1:9093",)


class DiscoveryAccess(ServerAccess, frozen=True):
    """Discovery's HTTP server."""

    server = "discovery"
    prefix = "discovery"
    url: Annotated[Urls, Meta(description="Discovery's HTTP server; repeatable.")] = ("http://127.0.0.1:9110",)


class GrafanaAccess(ServerAccess, frozen=True):
    """Grafana, whose secrets may also stand in the environment; none by default."""

    server = "Grafana"
    prefix = "grafana"
    url: Annotated[Urls, Meta(description="Grafana; none by default. Several share one database.")] = ()
    token_file: Annotated[Path | None, Meta(description="File with a Grafana service account's token.")] = None
    token: str | None = None
    password: str | None = None
