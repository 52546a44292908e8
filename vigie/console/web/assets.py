"""The console's scripts and styles: read once, compressed once, addressed with a digest of their content."""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import NamedTuple

import flask

from vigie.console.web.compression import accepts_gzip

FOLDER = Path(__file__).parents[1] / "static"


class Asset(NamedTuple):
    """A file as it is sent."""

    body: bytes
    zipped: bytes
    content_type: str
    digest: str


def load(folder: Path = FOLDER) -> dict[str, Asset]:
    """Return the files below a folder by their path in it."""
    return {str(path.relative_to(folder)): _asset(path) for path in sorted(folder.rglob("*.*")) if path.is_file()}


def answer(files: dict[str, Asset], name: str) -> flask.Response:
    """Return the file of that name; answer 404 when there is none."""
    asset = files.get(name)
    if asset is None:
        flask.abort(404)
    is_zipped = accepts_gzip()
    response = flask.Response(asset.zipped if is_zipped else asset.body, content_type=asset.content_type)
    if is_zipped:
        response.headers["Content-Encoding"] = "gzip"
    # A page's link to it has the digest of its content, so that a browser may keep it for ever.
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    return Asset(body, gzip.compress(body, 9, mtime=0), kind + charset, hashlib.sha256(body).hexdigest()[:12])
