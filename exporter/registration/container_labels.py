"""What a container's labels ask for: which of its ports are registered, under which name, and how they are scraped.

    vigie.port=8080,9090   vigie.path=/metrics   vigie.path.9090=/stats   vigie.job=shop   vigie.label.team=core
    vigie.integration=redis,nginx:8081

Labels are written by strangers: nothing of them goes on unchecked. What is wrong is refused with a reason.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from exporter.docker.container import Container
from exporter.integrations.known import Known
from exporter.registration.own_labels import LABEL_PREFIX, asked_labels, own_labels
from exporter.registration.refusals import Refusal, RefusedError
from vigie.core.integrations.names import LABEL as INTEGRATION

SERVICE_PREFIX = "app-"
COMPOSE_SERVICE = "com.docker.compose.service"
SWARM_SERVICE = "com.docker.swarm.service.name"
PREFIX = "vigie."
PROBE_PREFIX = "vigie.probe."
NO_INTEGRATION = "none"
# Each may be followed by a port: `vigie.path.9090`; `vigie.label.<name>` and the two without a port come besides.
OF_A_PORT = ("path", "job", "scheme", "probe")
PROBES = ("http", "tcp", "tls", "dns", "icmp")
# What Docker and compose allow as names, and no longer than what Consul, a URL and a file's name take.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
PATH = re.compile(r"/[!-~]{0,511}")
PORT = re.compile(r"[1-9][0-9]{0,4}")


class Endpoint(NamedTuple):
    """An endpoint that a container asks for; `port` is the container's, `probe` one of `PROBES` or "".

    Without a `path` nothing is scraped there: it is probed alone. With `integration` it is that software's;
    `is_checked` tells that this exporter checks it and serves what it finds.
    """

    service: str
    port: int
    path: str
    scheme: str
    probe: str
    labels: Mapping[str, str]
    integration: str = ""
    is_checked: bool = False


def is_asking(container: Container) -> bool:
    """Return whether the container's labels ask for anything."""
    labels = container.labels
    has_port = "vigie.port" in labels or _has_scrape(labels)
    has_probe = any(key.startswith("vigie.probe") for key in labels)
    return has_port or has_probe or bool(_integrations(container)) or any(map(_is_unknown, labels))


def declines(container: Container) -> str:
    """Return the container's name where its label says that no integration shall watch it, else ""."""
    return container.name if container.labels.get(INTEGRATION, "").strip() == NO_INTEGRATION else ""


def read_endpoints(container: Container, known: Known) -> tuple[list[Endpoint], list[Refusal]]:
    """Return the endpoints that the container asks for, and what of its labels is refused.

    A wrong port, path, scheme or job costs the endpoint, for another one than meant would be scraped; a wrong label
    or probe costs only itself.
    """
    endpoints: list[Endpoint] = []
    labels, refusals = own_labels(container.name, asked_labels(container.labels))
    refusals += _unknown_labels(container)
    try:
        texts = _ports(container) if "vigie.port" in container.labels or _has_scrape(container.labels) else []
    except RefusedError as error:
        texts = []
        refusals.append(Refusal(container.name, error.reason, str(error)))
    probed, refused_probes = _probed_ports(container, texts)
    refusals += refused_probes
    for text in dict.fromkeys((*texts, *probed)):
        try:
            endpoint, refused = _endpoint(container, text, labels, is_scraped=text in texts)
        except RefusedError as error:
            refusals.append(Refusal(container.name, error.reason, str(error)))
        else:
            endpoints.append(endpoint)
            refusals += refused
    for text in dict.fromkeys(_integrations(container)):
        try:
            endpoint = _integration_endpoint(container, text, labels, known)
        except RefusedError as error:
            refusals.append(Refusal(container.name, error.reason, str(error)))
            continue
        if any(other.port == endpoint.port for other in endpoints):
            detail = f"port {endpoint.port} is {INTEGRATION}'s: expected it in no other label"
            refusals.append(Refusal(container.name, "port", detail))
            endpoints = [other for other in endpoints if other.port != endpoint.port]
        endpoints.append(endpoint)
    return endpoints, refusals


def _unknown_labels(container: Container) -> list[Refusal]:
    """Refuse what begins as our labels do and is none of them: a slip of the pen would else be silence."""
    refusals = []
    for key in filter(_is_unknown, sorted(container.labels)):
        expected = f"port, integration, label.NAME, or one of {', '.join(OF_A_PORT)} with or without .PORT"
        detail = f"label {key[:80]!r}: expected {PREFIX} and then {expected}"
        refusals.append(Refusal(container.name, "unknown_label", detail))
    return refusals


def _is_unknown(key: str) -> bool:
    if not key.startswith(PREFIX) or key in {"vigie.port", INTEGRATION} or key.startswith(LABEL_PREFIX):
        return False
    name, _, port = key.removeprefix(PREFIX).partition(".")
    return name not in OF_A_PORT or (bool(port) and PORT.fullmatch(port) is None)


def _integrations(container: Container) -> list[str]:
    """Return what `vigie.integration` names: `redis`, `redis:6380`, or several with commas."""
    texts = [text.strip() for text in container.labels.get(INTEGRATION, "").split(",")]
    return [text for text in texts if text and text != NO_INTEGRATION]


def _integration_endpoint(container: Container, text: str, labels: Mapping[str, str], known: Known) -> Endpoint:
    name, colon, port = text.partition(":")
    integration = known.all.get(name)
    if integration is None:
        names = ", ".join(known.all) or "none, for there are none"
        raise RefusedError("integration", f"{INTEGRATION} {name[:40]!r}: expected one of {names}")
    manifest = integration.manifest
    if colon and (not PORT.fullmatch(port) or int(port) > 65535):
        raise RefusedError("port", f"{INTEGRATION} {text[:40]!r}: expected a number from 1 to 65535 after the colon")
    number = int(port) if colon else manifest.port
    path, scheme = manifest.page.path, str(manifest.page.scheme)
    if path:  # only what is said of its own port: the other labels are the application's
        own_path = container.labels.get(f"vigie.path.{number}", "")
        path = _check_path(own_path, allows_query=manifest.check is not None) or path
    if scheme:
        scheme = _check_scheme(container.labels.get(f"vigie.scheme.{number}", "")) or scheme
    service = _service(container, str(number))
    return Endpoint(service, number, path, scheme, "", labels, name, is_checked=manifest.check is not None)


def _has_scrape(labels: Mapping[str, str]) -> bool:
    return labels.get("prometheus.io/scrape", "").lower() == "true"


def _ports(container: Container) -> list[str]:
    """Return the texts of the ports asked for; raise RefusedError when none is named and none can be meant."""
    named = container.labels.get("vigie.port", container.labels.get("prometheus.io/port"))
    if named is not None:
        return [text.strip() for text in named.split(",")]
    ports = {published.container_port for published in container.published_ports if published.protocol == "tcp"}
    if len(ports) != 1:
        raise RefusedError("port", f"no prometheus.io/port: expected one published TCP port, there are {len(ports)}")
    return [str(ports.pop())]


def _probed_ports(container: Container, scraped: Sequence[str]) -> tuple[list[str], list[Refusal]]:
    """Return the ports that are probed and not scraped, each by a label of its own, and what is refused."""
    labels = container.labels
    named = [key.removeprefix(PROBE_PREFIX) for key in sorted(labels) if key.startswith(PROBE_PREFIX) and labels[key]]
    ports = [text for text in named if text not in scraped and labels[PROBE_PREFIX + text] in PROBES]
    wrong = [labels[PROBE_PREFIX + text] for text in named if text not in scraped and text not in ports]
    refusals = [_wrong_probe(container, probe) for probe in wrong]
    if labels.get("vigie.probe") and not scraped and not named:
        refusals.append(Refusal(container.name, "probe", "vigie.probe: expected vigie.port too, or vigie.probe.PORT"))
    return ports, refusals


def _wrong_probe(container: Container, probe: str) -> Refusal:
    return Refusal(container.name, "probe", f"probe {probe[:40]!r}: expected one of {', '.join(PROBES)}")


def _endpoint(
    container: Container, text: str, labels: Mapping[str, str], *, is_scraped: bool
) -> tuple[Endpoint, list[Refusal]]:
    if not PORT.fullmatch(text) or int(text) > 65535:
        raise RefusedError("port", f"port {text[:40]!r}: expected a number from 1 to 65535")
    path = _check_path(_said(container, "path", text) or _plain_path(container)) or "/metrics"
    scheme = _check_scheme(_said(container, "scheme", text) or container.labels.get("prometheus.io/scheme", ""))
    probe, refusals = _said(container, "probe", text), []
    if probe and probe not in PROBES:
        refusals = [_wrong_probe(container, probe)]
        probe = ""
    path = path if is_scraped else ""
    return Endpoint(_service(container, text), int(text), path, scheme or "http", probe, labels), refusals


def _check_path(path: str, *, allows_query: bool = False) -> str:
    """Return a path, "" where none is said; raise RefusedError. Only what this exporter asks may have a query."""
    if path and (not PATH.fullmatch(path) or ("?" in path and not allows_query) or "#" in path):
        raise RefusedError("path", f"path {path[:80]!r}: expected /, then printable ASCII without ? and #")
    return path


def _check_scheme(scheme: str) -> str:
    """Return a scheme, "" where none is said; raise RefusedError."""
    if scheme not in {"", "http", "https"}:
        raise RefusedError("scheme", f"scheme {scheme[:40]!r}: expected http or https")
    return scheme


def _plain_path(container: Container) -> str:
    """Return the path of `prometheus.io/path`, which others write without the slash, too."""
    path = container.labels.get("prometheus.io/path", "")
    return f"/{path}" if path and not path.startswith("/") else path


def _said(container: Container, what: str, port: str) -> str:
    """Return what a label says of one port, else of all, else ""."""
    return container.labels.get(f"vigie.{what}.{port}") or container.labels.get(f"vigie.{what}", "")


def _service(container: Container, port: str) -> str:
    """Return the service's name: of `vigie.job`, else of the compose or Swarm service, else of the container."""
    of_project = container.labels.get(COMPOSE_SERVICE) or container.labels.get(SWARM_SERVICE, "")
    for name in (container.name, _said(container, "job", port), of_project):
        if name and not NAME.fullmatch(name):
            raise RefusedError("name", f"name {name[:80]!r}: expected up to 128 letters, digits, dots, dashes")
    job = _said(container, "job", port) or of_project or container.name
    if not job or not container.name:
        raise RefusedError("name", "the container has no name")
    return SERVICE_PREFIX + job
