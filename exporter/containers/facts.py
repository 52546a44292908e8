"""vigie_container_*: what the daemon says of each container, the stopped ones too; cAdvisor forgets those."""

from collections.abc import Iterable

from exporter.docker.container import Container
from exporter.exposition.text import Family, escape


def _gauge(name: str, help_text: str) -> Family:
    return Family(f"vigie_container_{name}", "gauge", help_text)


STATE = _gauge("state", "1 for the state that the container is in.")
HEALTH = _gauge("health", "1 for what the container's own health check says; absent without one.")
EXIT_CODE = _gauge("exit_code", "Exit code of a container that does not run.")
FINISHED = _gauge("finished_time_seconds", "When a container that does not run ended, in seconds since 1970.")
OOM_KILLED = _gauge("oom_killed", "1 when the kernel killed the container's last run for its memory.")
RESTARTS = Family(
    "vigie_container_restarts_total", "counter", "Restarts by the container's restart policy since it was made."
)
HEALTH_STATE = Family("container_health_state", "gauge", "The result of the container's health check")
CONNECTED = Family(
    "vigie_container_daemon_connected", "gauge", "Whether the container daemon's events are being followed now."
)
FAMILIES = (STATE, HEALTH, EXIT_CODE, FINISHED, OOM_KILLED, RESTARTS, HEALTH_STATE)


def render_facts(containers: Iterable[tuple[str, Container]], *, is_connected: bool) -> bytes:
    """Return the text for containers, each with its labels (without braces)."""
    lines: dict[Family, list[str]] = {}
    for labels, container in containers:
        for family, extra, value in _facts(container):
            lines.setdefault(family, []).append(f"{family.name}{{{labels}{extra}}} {value}\n")
    lines[CONNECTED] = [f"{CONNECTED.name} {int(is_connected)}\n"]
    return b"".join(family.header() + "".join(of).encode() for family, of in lines.items())


def _facts(container: Container) -> Iterable[tuple[Family, str, int | str]]:
    yield STATE, f',state="{escape(container.state or "unknown")}"', 1
    if container.health:
        yield HEALTH, f',health="{escape(container.health)}"', 1
        if container.is_running:
            yield HEALTH_STATE, "", int(container.health == "healthy")
    if not container.is_running and container.finished_at:
        yield EXIT_CODE, "", container.exit_code
        yield FINISHED, "", f"{container.finished_at:.3f}"
    yield OOM_KILLED, "", int(container.oom_killed)
    yield RESTARTS, "", container.restart_count
