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

    ha: Annotated[bool, Meta(description="Run pairs and clusters instead of one of each, and a long-term store.")] = (
        False
    )
    shards: Annotated[int, Meta(ge=1, le=4, description="Pairs of Prometheus that share the targets, with --ha.")] = 1

    port_offset: Annotated[
        int, Meta(ge=0, le=50000, description="Added to every port, so that a second stack fits.")
    ] = 0
    exporter_port: Annotated[Port, Meta(description="The exporter's port.")] = 9100
    discovery_port: Annotated[Port, Meta(description="Discovery's port.")] = 9110
    inbox_port: Annotated[Port, Meta(description="Port of the inbox, the local receiver of alerts.")] = 9112
    consul_port: Annotated[Port, Meta(description="Consul's HTTP port.")] = 8500
    consul_server_port: Annotated[Port, Meta(description="Consul's port between servers.")] = 8300
    consul_serf_port: Annotated[Port, Meta(description="Consul's gossip port.")] = 8301
    prometheus_port: Annotated[Port, Meta(description="Prometheus's port.")] = 9090
    alertmanager_port: Annotated[Port, Meta(description="Alertmanager's port.")] = 9093
    alertmanager_cluster_port: Annotated[Port, Meta(description="Port between Alertmanagers, with --ha.")] = 9094
    victoria_metrics_port: Annotated[Port, Meta(description="Port of the long-term store, with --ha.")] = 8428
    blackbox_port: Annotated[Port, Meta(description="blackbox_exporter's port.")] = 9115
    grafana_port: Annotated[Port, Meta(description="Grafana's port, where one is installed.")] = 3000
    console_port: Annotated[Port, Meta(description="The console's port.")] = 8080

    retention_days: Annotated[int, Meta(ge=1, description="How long each Prometheus keeps samples.")] = 15
    store_retention_months: Annotated[
        int, Meta(ge=1, description="How long the long-term store keeps them, with --ha.")
    ] = 12
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
