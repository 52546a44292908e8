"""The settings of provisioning: section `provision`, `VIGIE_PROVISION_<NAME>` in the environment."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from vigie.core.settings import Credentials, Duration, ListenAddress, WebConfigFile
from vigie.reconcile.declaration import DesiredSettings


class GrafanaServer(Credentials, frozen=True):
    """One of several Grafanas: where it is, how we sign in, and where it reaches Prometheus."""

    name: Annotated[str, Meta(pattern="^[a-z0-9-]{1,40}$", description="As it is called in plans and metrics.")]
    url: str
    datasource_url: str | None = None


Timeout = Annotated[Duration, Meta(gt=0, description="How long one answer of a server may take.")]


class ConnectionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Those of the settings that a command needs which only speaks to a server."""

    timeout: Timeout = 30.0


class Settings(DesiredSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where desired state goes and how patient we are, besides the settings that change it."""

    rules_dir: Annotated[Path | None, Meta(description="Folder whose rule files Prometheus reads (--local).")] = None
    alertmanager_config: Annotated[
        Path | None, Meta(description="File that Alertmanager reads; made from routes.yml (--local).")
    ] = None
    datasource_password_file: Annotated[Path | None, Meta(description="File with that user's password.")] = None
    grafanas: Annotated[
        tuple[GrafanaServer, ...], Meta(description="Several Grafanas, in YAML alone.", extra={"option": False})
    ] = ()
    timeout: Timeout = 30.0
    attempts: Annotated[int, Meta(ge=1, description="How often a read or write is tried.")] = 5
    first_retry_backoff: Annotated[
        Duration, Meta(ge=0, description="Pause after the first failure; each further one doubles.")
    ] = 0.5
    backup_dir: Annotated[
        Path | None,
        Meta(description="Folder for what is overwritten or deleted (default: ~/.local/state/vigie/backups)."),
    ] = None
    backups_kept: Annotated[int, Meta(ge=1, description="Runs whose backups are kept.", extra={"option": False})] = 50
    max_delete: Annotated[
        int, Meta(ge=0, description="More deletions than this and nothing is deleted.", extra={"option": False})
    ] = 10
    watch_interval: Annotated[
        Annotated[Duration, Meta(gt=0)] | None,
        Meta(description="Compare again after this time, and serve /metrics.", extra={"option": False}),
    ] = None
    web_listen_address: Annotated[
        ListenAddress, Meta(description="HOST:PORT of /metrics, with --watch-interval.", extra={"option": False})
    ] = "127.0.0.1:9111"
    web_config_file: Annotated[
        WebConfigFile | None,
        Meta(description="File with TLS, users and the like of /metrics, as node_exporter's.", extra={"option": False}),
    ] = None


class NoSettings(msgspec.Struct, frozen=True):
    """What `vigie lint` has of its own."""
