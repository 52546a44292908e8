"""The settings of provisioning: section `provision`, `VIGIE_PROVISION_<NAME>` in the environment."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from vigie.core.settings import Credentials, ListenAddress, WebConfigFile


class GrafanaServer(Credentials, frozen=True):
    """One of several Grafanas: where it is, how we sign in, and where it reaches Prometheus."""

    name: Annotated[str, Meta(pattern="^[a-z0-9-]{1,40}$", description="As it is called in plans and metrics.")]
    url: str
    datasource_url: str | None = None


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where desired state goes and how patient we are."""

    rules_dir: Annotated[Path | None, Meta(description="Folder whose rule files Prometheus reads (--local).")] = None
    alertmanager_config: Annotated[
        Path | None, Meta(description="File that Alertmanager reads; made from routes.yml (--local).")
    ] = None
    inbox_url: Annotated[str, Meta(description="Where the receiver `inbox` of the routes listens.")] = (
        "http://127.0.0.1:9112/"
    )
    board_base_url: Annotated[str, Meta(description="What a message's link to a board begins with.")] = (
        "http://127.0.0.1:3000"
    )
    runbook_base_url: Annotated[str, Meta(description="What an alert's runbook link begins with.")] = (
        "http://127.0.0.1:8080/runbooks/"
    )
    datasource_url: Annotated[
        str | None, Meta(description="Where Grafana reaches Prometheus; default: the first --prometheus-url.")
    ] = None
    datasource_user: Annotated[str | None, Meta(description="As whom Grafana signs in at Prometheus.")] = None
    datasource_password_file: Annotated[Path | None, Meta(description="File with that user's password.")] = None
    evaluator: Annotated[
        Literal["prometheus", "grafana"], Meta(description="Who evaluates the alerts: prometheus or grafana.")
    ] = "prometheus"
    notifier: Annotated[
        Literal["alertmanager", "grafana"],
        Meta(description="Who tells people: alertmanager, or grafana where there is none."),
    ] = "alertmanager"
    grafanas: Annotated[
        tuple[GrafanaServer, ...], Meta(description="Several Grafanas, in YAML alone.", extra={"option": False})
    ] = ()
    scrape_interval_seconds: Annotated[int, Meta(ge=1, description="Of Prometheus; boards rate over 4 of them.")] = 15
    timeout_seconds: Annotated[float, Meta(gt=0, description="For one answer of a server.")] = 30.0
    attempts: Annotated[int, Meta(ge=1, description="For one write or read that fails in passing.")] = 5
    first_pause_seconds: Annotated[float, Meta(ge=0, description="After a failure; each further one doubles.")] = 0.5
    backup_dir: Annotated[
        Path | None,
        Meta(description="Folder for what is overwritten or deleted (default: ~/.local/state/vigie/backups)."),
    ] = None
    backups_kept: Annotated[int, Meta(ge=1, description="Runs whose backups are kept.", extra={"option": False})] = 50
    max_delete: Annotated[
        int, Meta(ge=0, description="More deletions than this and nothing is deleted.", extra={"option": False})
    ] = 10
    every_seconds: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Pause between two looks.", extra={"option": False, "flag": "--every"}),
    ] = None
    web_listen_address: Annotated[
        ListenAddress, Meta(description="HOST:PORT of /metrics, with --every.", extra={"option": False})
    ] = "127.0.0.1:9111"
    web_config_file: Annotated[
        WebConfigFile | None,
        Meta(description="File with TLS, users and the like of /metrics, as node_exporter's.", extra={"option": False}),
    ] = None


class NoSettings(msgspec.Struct, frozen=True):
    """What `vigie lint` has of its own."""
