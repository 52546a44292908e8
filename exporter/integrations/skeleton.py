"""Makes the folder of a new integration: what works as it stands, and says where its author goes on."""

import os
import tempfile
from pathlib import Path

from vigie.core.errors import UsageProblemError
from vigie.core.integrations.manifest import MANIFEST
from vigie.core.integrations.names import NAME, SETUP

ENDPOINT = "endpoint: {{port: {port}, path: /metrics}}\n"
CHECK = "check: {{port: {port}}}\n"
MANIFEST_TEXT = """\
name: "{name}"
title: "{title}"
about: What a person learns of it, in one sentence.
# By what it is recognized, and then proposed: the last part of an image's name, and processes.
detect:
  images: ["{name}"]
  processes: []
  ports: [{port}]
"""
CHECK_TEXT = '''\
"""Asks {title} how it does."""

import socket

from exporter.base.check import Login, Server
from exporter.exposition.text import Family, Sample, render

UP = Family("{metric}_up", "gauge", "Whether {title} answers.")


class Check:
    """One server of {title}."""

    denied_retry_seconds = 30.0

    def read(self, server: Server, login: Login, timeout_seconds: float) -> bytes:  # noqa: ARG002 - no login yet
        """Return the page; raise DeniedError for a refused login, OSError where nobody answers, else ValueError."""
        with socket.create_connection((server.host, server.port), timeout_seconds):
            return render([Sample(UP, 1)])

    def page_when_down(self) -> bytes:
        """Return the page of a server that doesn't answer."""
        return render([Sample(UP, 0)])
'''
SETUP_TEXT = """\
# {title}

## In the server

What has to be switched on, and the user with the least rights that may read it.

## How to undo it

What takes that back.
"""


def make_integration(folder: Path, name: str, port: int, *, has_check: bool) -> list[Path]:
    """Make the folder `folder/name`, whole or not at all, and return its files.

    Raises UsageProblemError when it is there or can't be.
    """
    if not NAME.fullmatch(name):
        raise UsageProblemError(f"{name[:80]!r}: expected a name of small letters, digits and dashes, such as shop-db")
    metric = ("_" if name[0].isdigit() else "") + name.replace("-", "_")
    words = {"name": name, "title": name.capitalize(), "port": port, "metric": metric}
    manifest = MANIFEST_TEXT + (CHECK if has_check else ENDPOINT)
    texts = {MANIFEST: manifest, SETUP: SETUP_TEXT, **({"check.py": CHECK_TEXT} if has_check else {})}
    path = folder / name
    if os.path.lexists(path):
        raise UsageProblemError(f"{path}: it is there already; expected another name, or --folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder) as temporary:
            unfinished = Path(temporary, name)
            unfinished.mkdir()
            for file_name, text in texts.items():
                (unfinished / file_name).write_text(text.format(**words))
            unfinished.rename(path)
    except OSError as error:
        raise UsageProblemError(f"{error.filename or path}: {error.strerror}") from error
    return [path / file_name for file_name in texts]
