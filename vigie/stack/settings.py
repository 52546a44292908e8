"""The settings of `vigie up`: section `up` of the file, `VIGIE_UP_<NAME>` in the environment."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from vigie.core.settings import Duration

Port = Annotated[int, Meta(ge=1, le=65535)]
Period = Annotated[Duration, Meta(gt=0)]


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the stack keeps its state, on which loopback ports it listens, and how long it waits."""

    dir: Annotated[Path, Meta(description="Folder of the stack's whole state.")] = Path(".vigie")
    cache: Annotated[Path | None, Meta(description="Folder of the servers (default: ~/.cache/vigie/servers).")] = None
    mirror: Annotated[str | None, Meta(description="Debian mirror (default: the one of this machine's apt).")] = None
    datacenter: Annotated[str, Meta(description="Name of the Consul datacenter.", pattern="^[a-z0-9_-]+$")] = "dc1"

    ha: Annotated[bool, Meta(description="Pairs and clusters instead of one of each, with a long-term store.")] = False
    shards: Annotated[int, Meta(ge=1, le=4, description="Pairs of Prometheus that share the targets, with --ha.")] = 1

    port_offset: Annotated[int, Meta(ge=0, le=50000, description="Added to every port, for a second stack.")] = 0
    exporter_port: Port = 9100
    discovery_port: Port = 9110
    inbox_port: Port = 9112
    consul_port: Port = 8500
    consul_server_port: Port = 8300
    consul_serf_port: Port = 8301
    prometheus_port: Port = 9090
    alertmanager_port: Port = 9093
    alertmanager_cluster_port: Port = 9094
    victoria_metrics_port: Port = 8428
    blackbox_port: Port = 9115
    grafana_port: Port = 3000
    console_port: Port = 8080

    retention_days: Annotated[int, Meta(ge=1, description="How long each Prometheus keeps samples.")] = 15
    store_retention_months: Annotated[int, Meta(ge=1, description="How long the long-term store does, with --ha.")] = 12
    scrape_interval: Annotated[Duration, Meta(ge=5, description="How often Prometheus scrapes.")] = 5.0
    ready_timeout: Annotated[Period, Meta(description="How long the chain may take to be proven.")] = 90.0
    stop_timeout: Annotated[Period, Meta(description="How long a server may take to end before KILL.")] = 10.0
    restart_backoff: Annotated[Period, Meta(description="Pause before the first restart of a server that died.")] = 1.0
    restart_backoff_max: Annotated[Period, Meta(description="Longest pause before a restart.")] = 30.0
    restart_window: Annotated[
        Period, Meta(description="A server that has run for so long is restarted with the first pause again.")
    ] = 60.0
    log_max_bytes: Annotated[int, Meta(ge=10_000, description="Size at which a log is set aside as NAME.log.1.")] = (
        10_000_000
    )
