"""The console's scripts and styles: read once, compressed once, named with a mark of their content."""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[1] / "static"


class Asset(NamedTuple):
    """A file as it is sent."""

    body: bytes
    zipped: bytes
    content_type: str
    mark: str


def load(folder: Path = FOLDER) -> dict[str, Asset]:
    """Return the files below a folder by their path in it."""
    return {str(path.relative_to(folder)): _asset(path) for path in sorted(folder.rglob("*.*")) if path.is_file()}


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    return Asset(body, gzip.compress(body, 9, mtime=0), kind + charset, hashlib.sha256(body).hexdigest()[:12])
