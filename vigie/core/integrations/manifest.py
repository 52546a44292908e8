"""The manifest of an integration: what a piece of software looks like, and where its metrics come from."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from vigie.core import yaml_file
from vigie.core.errors import UsageProblemError
from vigie.core.integrations.names import NAME

MANIFEST = "integration.yml"
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Detect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By what the software is recognized: the last part of an image's name, a Consul service, a process, a port."""

    images: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the software itself, or an exporter beside it, answers in Prometheus' text format."""

    port: Port
    path: Annotated[str, msgspec.Meta(pattern="^/[!-~]*$")] = "/metrics"
    scheme: Literal["http", "https"] = "http"


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A built-in check: the port that the software listens on, and what the check can't do without.

    `path` is the usual one of a status page, `scheme` is there where that is asked by HTTP.
    """

    port: Port
    path: Annotated[str, msgspec.Meta(pattern="^$|^/[!-~]*$")] = ""
    scheme: Literal["", "http", "https"] = ""
    needs: tuple[Literal["password"], ...] = ()


class Version(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which label of which metric tells the version of the software."""

    metric: Annotated[str, msgspec.Meta(pattern="^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
    label: Annotated[str, msgspec.Meta(pattern="^[a-zA-Z_][a-zA-Z0-9_]*$")]


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the limit of an alert in `rules.yml` counts, the largest that makes sense, and the metric it is about."""

    unit: str
    most: float
    metric: str
    window: str = "2m"


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `integration.yml` says; `tried` are the versions of real servers in the tests."""

    name: Annotated[str, msgspec.Meta(pattern=f"^{NAME.pattern}$")]
    title: str
    about: str = ""
    tried: tuple[str, ...] = ()
    detect: Detect = Detect()
    endpoint: Endpoint | None = None
    check: Check | None = None
    version: Version | None = None
    limits: dict[str, Limit] = {}

    @property
    def page(self) -> Endpoint | Check:
        """What is asked, and where it usually is."""
        source = self.check or self.endpoint
        assert source is not None, "read_manifest has seen to it"
        return source

    @property
    def port(self) -> int:
        """The usual port of what is asked."""
        return self.page.port


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of an integration's folder; raise UsageProblemError with file, key and what was expected."""
    file = yaml_file.read(folder / MANIFEST)
    try:
        manifest = msgspec.convert(file.document, Manifest)
    except msgspec.ValidationError as error:
        raise UsageProblemError(f"{file.path}: {error}") from error
    problem = _problem(manifest, folder)
    if problem:
        raise file.problem(problem[0], problem[1])
    return manifest


def _problem(manifest: Manifest, folder: Path) -> tuple[tuple[Any, ...], str] | None:
    if manifest.name != folder.name:
        return ("name",), f"expected {folder.name!r}, the name of its folder"
    if (manifest.endpoint is None) == (manifest.check is None):
        return (), "expected either endpoint: or check:, which say where the metrics come from"
    if manifest.check is not None and not (folder / "check.py").is_file():
        return ("check",), f"expected the file {folder / 'check.py'} beside it"
    return None
