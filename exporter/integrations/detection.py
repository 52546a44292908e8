"""Finds software on this host that looks like an integration's and that nobody watches: it proposes, and does nothing.

Images, processes and ports are hints only. What a label or a file asks for always holds.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from exporter.docker.container import Container
from vigie.core.integrations.names import LABEL

if TYPE_CHECKING:
    from vigie.core.integrations.catalogue import Integration
    from vigie.core.integrations.manifest import Manifest

COMMAND_CHARACTERS = 15  # the kernel cuts the name of a process there (TASK_COMM_LEN, include/linux/sched.h)


class Proposal(NamedTuple):
    """What looks like an integration's software: where it runs, why we think so, and what would watch it."""

    where: str
    integration: str
    reason: str
    advice: str


class Process(NamedTuple):
    """An integration's processes that run outside of containers, and a port at which they may be asked."""

    integration: "Integration"
    names: tuple[str, ...]
    port: int
    is_usual_port: bool  # and no file names the integration yet


def find_containers(
    containers: Iterable[Container], integrations: Mapping[str, "Integration"]
) -> Iterator[tuple[Container, "Integration"]]:
    """Yield each running container whose image is one of an integration's, unless its label says all.

    Any `vigie.integration` is an answer, `none` as well.
    """
    for container in containers:
        if not container.is_running or LABEL in container.labels:
            continue
        image = image_name(container.image)
        for integration in integrations.values():
            if image in integration.manifest.detect.images:
                yield container, integration


def find_processes(
    commands: Collection[str],
    ports: Collection[int],
    asked: Collection[tuple[str, int | None]],
    integrations: Mapping[str, "Integration"],
) -> Iterator[Process]:
    """Yield an integration's processes for each port at which no file has them asked.

    `commands` are the names of processes outside of containers, `ports` the TCP ports that somebody listens on, `asked`
    (integration, port) of each file that asks for one, without a port for a container's.
    """
    for name, integration in integrations.items():
        manifest = integration.manifest
        running = sorted({process for process in manifest.detect.processes if process[:COMMAND_CHARACTERS] in commands})
        is_asked = any(wanted == name for wanted, _ in asked)
        for port in _ports(manifest, ports, is_asked=is_asked) if running else ():
            if (name, port) not in asked:
                yield Process(integration, tuple(running), port, port == manifest.port and not is_asked)


def propose_for_containers(
    containers: Iterable[Container], integrations: Mapping[str, "Integration"]
) -> Iterator[Proposal]:
    """Yield a proposal for each container of `find_containers`."""
    for container, integration in find_containers(containers, integrations):
        name = integration.manifest.name
        image = image_name(container.image)
        yield Proposal(container.name, name, f"its image is called {image}", advise_label(name))


def propose_for_processes(
    commands: Collection[str],
    ports: Collection[int],
    asked: Collection[tuple[str, int | None]],
    integrations: Mapping[str, "Integration"],
) -> Iterator[Proposal]:
    """Yield a proposal for each of `find_processes`, which takes the same."""
    for integration, names, port, is_usual_port in find_processes(commands, ports, asked, integrations):
        manifest = integration.manifest
        name = manifest.name
        file = f"{name}.yml" if is_usual_port else f"{name}-{port}.yml"
        lines = f"`integration: {name}` and {_address(manifest, port)}"
        advice = f"write /etc/vigie/integrations.d/{file} with {lines}"
        yield Proposal(f"port {port}", name, f"{' and '.join(names)} runs", advice)


def advise_label(integration: str) -> str:
    """Return what would have a container watched, or left alone."""
    return f"label it {LABEL}={integration}, or {LABEL}=none to hear no more of it"


def image_name(image: str) -> str:
    """Return the last part of an image's name, without registry, tag and digest: `redis` of `host:5000/a/redis:7`."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _ports(manifest: "Manifest", listening: Collection[int], *, is_asked: bool) -> list[int]:
    """Return the integration's usual ports that are listened on, else the one to ask for.

    Where a file asks for the integration already, what listens elsewhere is taken for that file's.
    """
    usual = {manifest.port, *manifest.detect.ports}
    return sorted(usual & set(listening)) or ([] if is_asked else [manifest.port])


def _address(manifest: "Manifest", port: int) -> str:
    """Return the line of the file; Prometheus asks an endpoint itself, so that loopback would lead nowhere."""
    return f"`address: {'127.0.0.1' if manifest.check else 'THIS_HOST'}:{port}`"
