"""Reads discovery: its targets, and what it refuses."""

import msgspec

from vigie.core.http.client import HttpClient
from vigie.doctor.findings.facts import Discovery, DiscoveryDatacenter, DiscoveryRefusal, DiscoveryTarget, by_host


class _Answer(msgspec.Struct):
    datacenters: tuple[DiscoveryDatacenter, ...]
    targets: tuple[DiscoveryTarget, ...]
    refused: tuple[DiscoveryRefusal, ...]


def read(server: HttpClient) -> Discovery:
    """Return what it has; raise FetchError."""
    try:
        overview = msgspec.json.decode(server.get("/targets.json"), type=_Answer)
    except msgspec.DecodeError as error:
        raise server.unexpected("/targets.json is not discovery's") from error
    targets = by_host(((target.dc, target.host), target) for target in overview.targets if target.job == "node")
    return Discovery(overview.datacenters, targets, overview.refused)
