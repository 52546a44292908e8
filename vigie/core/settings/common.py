"""The settings that all programs share: where servers are, the site folder, and how we log."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from vigie.core import logs
from vigie.core.settings.servers import (
    AlertmanagerAccess,
    ConsulAccess,
    DiscoveryAccess,
    GrafanaAccess,
    PrometheusAccess,
)


class Common(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where things are reached and how we log: the top level of the file, `VIGIE_<NAME>` in the environment.

    The settings of a server are named with its prefix: `prometheus.ca_file` is `prometheus_ca_file`.
    """

    consul: ConsulAccess = ConsulAccess()
    prometheus: PrometheusAccess = PrometheusAccess()
    alertmanager: AlertmanagerAccess = AlertmanagerAccess()
    discovery: DiscoveryAccess = DiscoveryAccess()
    grafana: GrafanaAccess = GrafanaAccess()
    site: Annotated[
        Path | None, Meta(description="Folder laid over what vigie brings (default: ./site, if it is there).")
    ] = None
    log_format: Annotated[logs.Format, Meta(description="logfmt or json.")] = "logfmt"
    log_level: Annotated[logs.Level, Meta(description="debug, info, warning or error.")] = "info"
