"""Reads one Alertmanager: its version, its configuration (it masks secrets itself), and whether it took the last."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from vigie.core.http.client import HttpClient
from vigie.doctor.findings.facts import Alertmanager, Matcher, Silence

SUCCESSFUL = re.compile(rb"^alertmanager_config_last_reload_successful (\S+)$", re.MULTILINE)


def read(server: HttpClient) -> Alertmanager:
    """Return what it tells; raise FetchError."""
    status = server.get_json("/api/v2/status")
    found = SUCCESSFUL.search(server.get("/metrics"))
    return Alertmanager(
        version=status["versionInfo"]["version"],
        configuration=status["config"]["original"],
        receivers=frozenset(one["name"] for one in server.get_json("/api/v2/receivers")),
        silences=tuple(_silences(server.get_json("/api/v2/silences"))),
        reload_is_good=found is not None and float(found[1]) == 1,
        cluster=status["cluster"]["status"],
    )


def _silences(found: Iterable[Mapping[str, Any]]) -> Iterator[Silence]:
    for one in found:
        if one["status"]["state"] == "active":
            matchers = msgspec.convert(one["matchers"], tuple[Matcher, ...])
            yield Silence(matchers, one["endsAt"], one["createdBy"], one["comment"])
