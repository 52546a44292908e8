"""Settings: flags, environment, YAML, the running stack, defaults; typed, and anything unknown is refused."""

from vigie.core.settings.common import Common
from vigie.core.settings.durations import Duration, parse_duration_seconds
from vigie.core.settings.fields import Field, ListenAddress, Urls, WebConfigFile, fields, value_of
from vigie.core.settings.load import FILE_VARIABLE, SECTIONS, file_of, load, secret
from vigie.core.settings.options import options
from vigie.core.settings.servers import (
    AlertmanagerAccess,
    ConsulAccess,
    Credentials,
    DiscoveryAccess,
    GrafanaAccess,
    PrometheusAccess,
    ServerAccess,
)

__all__ = [
    "FILE_VARIABLE",
    "SECTIONS",
    "AlertmanagerAccess",
    "Common",
    "ConsulAccess",
    "Credentials",
    "DiscoveryAccess",
    "Duration",
    "Field",
    "GrafanaAccess",
    "ListenAddress",
    "PrometheusAccess",
    "ServerAccess",
    "Urls",
    "WebConfigFile",
    "fields",
    "file_of",
    "load",
    "options",
    "parse_duration_seconds",
    "secret",
    "value_of",
]
