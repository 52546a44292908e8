"""Reads discovery: its targets, and what it refuses."""

import msgspec

from vigie.core.http.asking import Server, TroubleError
from vigie.core.http.fetch_failure import Trouble as FetchFailure
from vigie.doctor.findings.facts import Discovery, DiscoveryDatacenter, DiscoveryRefusal, DiscoveryTarget, by_host


class _Answer(msgspec.Struct):
    datacenters: tuple[DiscoveryDatacenter, ...]
    targets: tuple[DiscoveryTarget, ...]
    refused: tuple[DiscoveryRefusal, ...]


def read(server: Server) -> Discovery:
    """Return what it has; raise TroubleError."""
    try:
        overview = msgspec.json.decode(server.get("/targets.json"), type=_Answer)
    except msgspec.DecodeError as error:
        raise TroubleError(FetchFailure("answer", "/targets.json is not discovery's")) from error
    targets = by_host(((target.dc, target.host), target) for target in overview.targets if target.job == "node")
    return Discovery(overview.datacenters, targets, overview.refused)
