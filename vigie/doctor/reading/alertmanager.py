"""Reads one Alertmanager: version, configuration (it masks secrets itself), and whether its last reload succeeded."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from vigie.core.http.client import HttpClient
from vigie.doctor.findings.facts import Alertmanager, Matcher, Silence

SUCCESSFUL = re.compile(rb"^alertmanager_config_last_reload_successful (\S+)$", re.MULTILINE)


def read(server: HttpClient) -> Alertmanager:
    """Return what it has; raise FetchError."""
    status = server.get_json("/api/v2/status")
    reload = SUCCESSFUL.search(server.get("/metrics"))
    return Alertmanager(
        version=status["versionInfo"]["version"],
        configuration=status["config"]["original"],
        receivers=frozenset(receiver["name"] for receiver in server.get_json("/api/v2/receivers")),
        silences=tuple(_silences(server.get_json("/api/v2/silences"))),
        reload_is_good=reload is not None and float(reload[1]) == 1,
        cluster=status["cluster"]["status"],
    )


def _silences(silences: Iterable[Mapping[str, Any]]) -> Iterator[Silence]:
    for silence in silences:
        if silence["status"]["state"] == "active":
            matchers = msgspec.convert(silence["matchers"], tuple[Matcher, ...])
            yield Silence(matchers, silence["endsAt"], silence["createdBy"], silence["comment"])
