"""Which Grafanas the settings name, and how each is reached."""

from typing import NamedTuple

from vigie.core.errors import UsageProblemError
from vigie.core.settings import Common, Credentials, GrafanaAccess
from vigie.provision.settings import Settings

# What a command takes of the common settings to reach Grafana.
GRAFANA = ("grafana",)


class GrafanaAddress(NamedTuple):
    """One Grafana: its name in plans and metrics, the way to it, and where it reaches Prometheus."""

    name: str
    access: GrafanaAccess
    prometheus_url: str


def grafanas_of(settings: Settings, common: Common) -> list[GrafanaAddress]:
    """Return the Grafanas of the settings: the one of the common settings, or the several of `grafanas`.

    Raises UsageProblemError when both are named, or a secret can't be read.
    """
    prometheus_url = settings.datasource_url or common.prometheus.url[0]
    if not settings.grafanas:
        return [GrafanaAddress("grafana", common.grafana, prometheus_url)]
    if common.grafana.url:
        raise UsageProblemError("expected --grafana-url or `grafanas` in the configuration, and not both")
    names = [server.name for server in settings.grafanas]
    if len(set(names)) < len(names):
        raise UsageProblemError(f"grafanas: expected names of their own, and found {', '.join(names)}")
    return [
        GrafanaAddress(
            server.name,
            GrafanaAccess(url=(server.url,), **{name: getattr(server, name) for name in Credentials.__struct_fields__}),
            server.datasource_url or prometheus_url,
        )
        for server in settings.grafanas
    ]
