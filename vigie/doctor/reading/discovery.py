"""Reads what discovery knows: its targets, and what it refuses."""

import msgspec

from vigie.doctor.asking import Server, TroubleError
from vigie.doctor.facts import Discovery
from vigie.doctor.trouble import Trouble


def read(server: Server) -> Discovery:
    """Return what it tells; raise TroubleError."""
    try:
        return msgspec.json.decode(server.get("/targets.json"), type=Discovery)
    except msgspec.DecodeError as error:
        raise TroubleError(Trouble("answer", "/targets.json is not discovery's")) from error
