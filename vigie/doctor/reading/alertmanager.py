"""Reads one Alertmanager: its version, its configuration (it masks secrets itself), and whether it took the last."""

import re

from vigie.doctor.asking import Server
from vigie.doctor.facts import Alertmanager

SUCCESSFUL = re.compile(rb"^alertmanager_config_last_reload_successful (\S+)$", re.MULTILINE)


def read(server: Server) -> Alertmanager:
    """Return what it tells; raise TroubleError."""
    status = server.json("/api/v2/status")
    found = SUCCESSFUL.search(server.get("/metrics"))
    return Alertmanager(
        version=status["versionInfo"]["version"],
        configuration=status["config"]["original"],
        receivers=frozenset(one["name"] for one in server.json("/api/v2/receivers")),
        reload_is_good=found is not None and float(found[1]) == 1,
        cluster=status["cluster"]["status"],
    )
