"""The settings of `vigie console`: section `console` of the file, `VIGIE_CONSOLE_<NAME>` in the environment."""

from typing import Annotated

from msgspec import Meta, Struct

from vigie.core.settings import Duration, ListenAddress, ServerAccess, Urls, WebConfigFile


class QueryAccess(ServerAccess, frozen=True):
    """The server that evaluates expressions, when it is not Prometheus."""

    server = "the store"
    prefix = "console.query"
    url: Annotated[
        Urls,
        Meta(description="Server that evaluates expressions: a store with all shards' series (else: Prometheus)."),
    ] = ()


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the console listens, who may do what, and how often its sources are asked."""

    web_listen_address: Annotated[ListenAddress, Meta(description="HOST:PORT of the pages.")] = "127.0.0.1:8080"
    web_config_file: Annotated[
        WebConfigFile | None,
        Meta(description="File with TLS, users and the like, as node_exporter's; re-read when it changes."),
    ] = None
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="Networks of the proxies whose user header is trusted; it is ignored from anywhere else."),
    ] = ()
    user_header: Annotated[str, Meta(description="Header in which the proxy names the user.")] = "X-Forwarded-User"
    operators: Annotated[
        tuple[str, ...], Meta(description="Users who may add and end downtimes; everybody else may look.")
    ] = ()

    query: QueryAccess = QueryAccess()
    cache_retention: Annotated[
        Duration, Meta(gt=0, description="How long an answer is kept and shared between viewers.")
    ] = 5.0
    timeout: Annotated[Duration, Meta(gt=0, description="How long one answer of a source may take.")] = 5.0
    refresh_interval: Annotated[Duration, Meta(ge=1, description="How often a page in a browser is refreshed.")] = 10.0
    rows: Annotated[int, Meta(ge=1, description="Most rows that a list shows at first.")] = 500
    page_url: Annotated[str, Meta(description="Grafana as people's browsers reach it; for links.")] = ""
