"""Which servers a stack has, where each listens, and which of a kind belong together; alone, or as pairs."""

import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from vigie.core.errors import UsageProblemError
from vigie.stack.servers import ServerProgram
from vigie.stack.settings import Settings

ALONE = ("consul", "prometheus", "promtool", "alertmanager", "amtool", "blackbox_exporter")
REDUNDANT = (*ALONE, "victoria-metrics")
MEMBER_STEP = 50  # from one member's port to the next one's: the smallest round step at which none meets another
NUMBERED = re.compile(r"(.+)-(\d+)")


class Layout(NamedTuple):
    """The settings of a stack, its absolute folder, its servers by name, and the name of this host.

    The first of a kind bears the kind's name (`consul`), the others a number (`consul-2`). Prometheus and discovery
    come in pairs, one for each shard: 1 and 2, 3 and 4 …
    """

    settings: Settings
    folder: Path
    servers: Mapping[str, ServerProgram]
    host: str

    def members(self, kind: str) -> tuple[str, ...]:
        """Return the names of all of a kind, such as `consul`, `consul-2`, `consul-3`."""
        return (kind, *(f"{kind}-{number}" for number in range(2, self._count(kind) + 1)))

    def pair(self, name: str) -> tuple[str, ...]:
        """Return the names of the members that share a shard with `name`, itself among them."""
        return tuple(member for member in self.members(split_name(name)[0]) if self.shard(member) == self.shard(name))

    def shard(self, name: str) -> int:
        """Return the number of the shard, from 0, that a Prometheus or a discovery belongs to."""
        return (split_name(name)[1] - 1) // 2

    def url(self, name: str) -> str:
        """Return where `name` answers, such as `url("consul")` or `url("consul-2")`."""
        return f"http://{self.address(name)}"

    def address(self, name: str, purpose: str = "") -> str:
        """Return the loopback `host:port` of `name`; `purpose` is that of a further port, such as `serf`."""
        return f"127.0.0.1:{self.port(name, purpose)}"

    def addresses(self, kind: str, purpose: str = "") -> list[str]:
        """Return the addresses of all of a kind."""
        return [self.address(name, purpose) for name in self.members(kind)]

    def port(self, name: str, purpose: str = "") -> int:
        """Return the port of `name`: its kind's, moved by its number and by the offset."""
        kind, number = split_name(name)
        setting = "_".join(filter(None, (kind.replace("-", "_"), purpose, "port")))
        base: int = getattr(self.settings, setting)
        return base + (number - 1) * MEMBER_STEP + self.settings.port_offset

    def ports(self) -> dict[str, int]:
        """Return every port that the stack listens on, by the name of its setting, with the member's number in it."""
        return dict(self._ports())

    def _ports(self) -> Iterator[tuple[str, int]]:
        for setting in (name for name in Settings.__struct_fields__ if name.endswith("_port")):
            if setting not in self._unused():
                stem = setting.removesuffix("_port")
                for number in range(1, self._count(stem.split("_")[0]) + 1):
                    port = getattr(self.settings, setting) + (number - 1) * MEMBER_STEP + self.settings.port_offset
                    yield f"{stem}_{number}_port" if number > 1 else setting, port

    def _unused(self) -> set[str]:
        alone = set() if self.settings.ha else {"victoria_metrics_port", "alertmanager_cluster_port"}
        return alone if "grafana" in self.servers else {*alone, "grafana_port"}

    def _count(self, kind: str) -> int:
        if not self.settings.ha:
            return 1
        return {"consul": 3, "alertmanager": 2}.get(
            kind, 2 * self.settings.shards if kind in {"prometheus", "discovery"} else 1
        )


def split_name(name: str) -> tuple[str, int]:
    """Return the kind and the number of a member: `("consul", 2)` of `consul-2`, `("consul", 1)` of `consul`."""
    match = NUMBERED.fullmatch(name)
    return (match[1], int(match[2])) if match else (name, 1)


def build_layout(settings: Settings, servers: Mapping[str, ServerProgram]) -> Layout:
    """Return the layout of the stack that `settings` describe on this machine; raises UsageProblemError."""
    if settings.shards > 1 and not settings.ha:
        raise UsageProblemError(f"--shards {settings.shards} needs --ha: a shard is a pair of Prometheus servers")
    return Layout(settings, settings.dir.absolute(), servers, socket.gethostname())


def needed_servers(settings: Settings) -> tuple[str, ...]:
    """Return the servers that must be had before anything starts."""
    return REDUNDANT if settings.ha else ALONE
