"""What the tests of the compose files share: how docker compose reads them, and what must hold for each service."""

import functools
import json
import os
import re
import subprocess

import yaml

from vigie.core.builtin import builtin
from vigie.stack.servers import find

FOLDER = builtin("compose")
FILES = sorted(path.name for path in FOLDER.glob("compose*.yaml"))
ROLES = {
    "compose.yaml": "trial",
    "compose.server.yaml": "server",
    "compose.monitor.yaml": "monitor",
    "compose.agent.yaml": "agent",
    "compose.front.yaml": "agent",
}
VALUES = {
    "DOMAIN": "vigie.example",
    "VIGIE_RENDER_NODE_NAME": "m-1",
    "MONITOR_1": "10.0.0.11",
    "MONITOR_2": "10.0.0.12",
    "OTHER_MONITOR": "10.0.0.12",
    "PUBLISH_ADDRESS": "192.0.2.1",
}
PRODUCTION = {"VIGIE_RENDER_PRIVATE_ADDRESS": "10.0.0.11"}
PINNED = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?([.-][a-z0-9.]+)?")
SOCKET = "/var/run/docker.sock"


@functools.cache
def understood(name):
    """Return `resolved(name)`, asked once: docker compose takes its time."""
    return resolved(name)


def resolved(name, *, folder=FOLDER, values=None):
    """Return a compose file as docker compose understands it, each reference followed and each value filled in."""
    given = VALUES | (PRODUCTION if name != "compose.yaml" else {}) if values is None else values
    command = [find("docker-compose").path, "--file", folder / name, "config", "--format", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **given}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def traefik():
    """Return Traefik's static configuration and what its file provider reads, with names in place of addresses."""
    routes = (FOLDER / "traefik" / "routes" / "vigie.yml").read_text()
    return (
        yaml.safe_load((FOLDER / "traefik" / "traefik.yml").read_text()),
        yaml.safe_load(re.sub(r"\{\{ env \"(\w+)\" \}\}", r"\1", routes))["http"],
    )


def faults(name, service):
    """Return what is not as it must be with a service, in words."""
    checks = {
        "image not pinned": not PINNED.fullmatch(service.get("image", "")),
        "file system can be written": service.get("read_only") is not True,
        "runs as root": service.get("user", "0").partition(":")[0] in {"0", "root"},
        "capabilities kept": service.get("cap_drop") != ["ALL"] or service.get("cap_add"),
        "may gain privileges": service.get("security_opt") != ["no-new-privileges:true"] or service.get("privileged"),
        "log without limit": not {"max-size", "max-file"} <= set(service.get("logging", {}).get("options", {})),
        "no restart policy": "restart" not in service,
        "publishes a port": bool(service.get("ports")) and name != "traefik",
        "secret in the environment": any(map(_is_secret, service.get("environment", {}).items())),
        "not asked for its health": not _is_asked(service),
        "sees Docker's socket": name != "exporter" and SOCKET in str(service.get("volumes")),
    }
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    checks |= {f"no limit of {limit}": limit not in limits for limit in ("cpus", "memory", "pids")}
    return [text for text, holds in checks.items() if holds]


def _is_secret(variable):
    name, value = variable
    return bool(re.search("PASSWORD|TOKEN|SECRET_KEY", name)) and not str(value).startswith("/run/secrets/")


def _is_asked(service):
    health = service.get("healthcheck", {})
    ends_by_itself = service.get("restart", "").startswith(("no", "on-failure"))
    return bool(health.get("test")) or (ends_by_itself and health.get("disable"))
