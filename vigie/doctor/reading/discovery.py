"""Reads what discovery knows: its targets, and what it refuses."""

import msgspec

from vigie.core.http.client import HttpClient
from vigie.doctor.findings.facts import Discovery, DiscoveryRefusal, DiscoverySite, DiscoveryTarget, by_host


class _Answer(msgspec.Struct):
    datacenters: tuple[DiscoverySite, ...]
    targets: tuple[DiscoveryTarget, ...]
    refused: tuple[DiscoveryRefusal, ...]


def read(server: HttpClient) -> Discovery:
    """Return what it tells; raise FetchError."""
    try:
        found = msgspec.json.decode(server.get("/targets.json"), type=_Answer)
    except msgspec.DecodeError as error:
        raise server.unexpected("/targets.json is not discovery's") from error
    targets = by_host(((one.dc, one.host), one) for one in found.targets if one.job == "node")
    return Discovery(found.datacenters, targets, found.refused)
