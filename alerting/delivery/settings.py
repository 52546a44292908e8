"""The settings of `vigie downtime` and `vigie alert`: section `alerting`, `VIGIE_ALERTING_<NAME>`."""

from typing import Annotated

import msgspec
from msgspec import Meta

from vigie.core.settings import Duration

Timeout = Annotated[Duration, Meta(gt=0, description="How long one answer of a server may take.")]


class ConnectionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Those of the settings that a command needs which only speaks to a server."""

    timeout: Timeout = 10.0


class HistorySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Those of the settings that a command needs which reads history."""

    history_timeout: Annotated[Duration, Meta(gt=0, description="How long an answer about history may take.")] = 60.0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How patient we are with Alertmanager, and with Prometheus where its history is read."""

    timeout: Timeout = 10.0
    handover_timeout: Annotated[Duration, Meta(gt=0, description="How long a test alert may take to be sent.")] = 60.0
    history_timeout: Annotated[
        Duration, Meta(gt=0, description="How long an answer about history may take.", extra={"option": False})
    ] = 60.0
