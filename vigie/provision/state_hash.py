"""One hash of all that is declared: two machines whose hashes differ do not hold the same desired state."""

import hashlib
from collections.abc import Iterator

import msgspec

from vigie.provision.declarations import find_declarations
from vigie.provision.settings import Settings
from vigie.reconcile.declaration import DesiredSettings, Inputs

CHARACTERS = 12  # enough to tell apart, short enough to read out


def hash_desired_state(inputs: Inputs, settings: Settings) -> str:
    """Return the hash of every declaration's files, ours and the site folder's, and of the settings that change them.

    It is the same on each machine and for each server. Paths, secrets and patience are not in it; nor are addresses,
    but for those that are written into what is declared.
    """
    digest = hashlib.sha256()
    for name, content in _parts(inputs, settings):
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:CHARACTERS]


def _parts(inputs: Inputs, settings: Settings) -> Iterator[tuple[str, bytes]]:
    for field in msgspec.structs.fields(DesiredSettings):
        yield field.name, msgspec.json.encode(getattr(settings, field.name))
    sources = {server.name: server.datasource_url for server in settings.grafanas if server.datasource_url}
    yield "grafanas", msgspec.json.encode(sources, order="deterministic")
    for declaration in find_declarations():
        yield from declaration.hashed(inputs)
