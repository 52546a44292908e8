"""The Alertmanager that `vigie downtime` and `vigie alert` speak to."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from alerting.delivery.alertmanager import Alertmanager
from alerting.delivery.settings import Settings
from vigie.core import logs
from vigie.core.settings import Common, load


@contextlib.contextmanager
def connect_first(flags: Mapping[str, Any]) -> Iterator[tuple[Alertmanager, Settings]]:
    """Provide the first Alertmanager that answers, and the settings: the members of a pair share their silences."""
    common = load("", Common, flags)
    logs.configure(common.log_format, common.log_level)
    settings = load("alerting", Settings, flags)
    access = common.alertmanager
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Alertmanager(access, settings.timeout, url)) for url in access.url]
        yield next((server for server in servers if server.is_ready()), servers[0]), settings
