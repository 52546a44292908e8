"""What is known of one container: facts that stand still between two events."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec


class PublishedPort(NamedTuple):
    """A port of the container that the host forwards; `host_address` may be 0.0.0.0 or ::."""

    container_port: int
    protocol: str
    host_address: str
    host_port: int


class NetworkAddress(NamedTuple):
    """The container's address in one of its networks."""

    network: str
    address: str
    prefix_length: int = 0  # of the network, 0 when unknown


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """One container; times are seconds since 1970, 0 for what has not happened, and `health` is "" without a check.

    `state` is created, running, paused, restarting, removing, exited or dead. `pid` is that of the first process as
    the daemon's host counts, 0 when it does not run. `oom_events` counts what the daemon reported since it is watched;
    `was_stopped` tells that it ended because somebody told it to, where the daemon was watched then.
    `layer_folder` is what the container has written ("" where the storage driver tells none), `data_folder` the
    daemon's own of this container, with its log; both as paths of the daemon's host.
    """

    id: str
    name: str
    image: str
    labels: Mapping[str, str]
    environment: Mapping[str, str]
    state: str
    created_at: float
    started_at: float
    finished_at: float
    exit_code: int
    oom_killed: bool
    restart_count: int
    health: str
    pid: int
    network_mode: str
    published_ports: tuple[PublishedPort, ...]
    addresses: tuple[NetworkAddress, ...]
    cgroup_parent: str
    layer_folder: str
    data_folder: str
    oom_events: int = 0
    was_stopped: bool = False

    @property
    def is_running(self) -> bool:
        """Whether there are processes to measure."""
        return self.pid > 0


class _Health(msgspec.Struct):
    Status: str = ""


class _State(msgspec.Struct):
    Status: str = ""
    OOMKilled: bool = False
    Pid: int = 0
    ExitCode: int = 0
    StartedAt: str = ""
    FinishedAt: str = ""
    Health: _Health | None = None


class _Config(msgspec.Struct):
    Image: str = ""
    Labels: dict[str, str] | None = None
    Env: list[str] | None = None


class _HostConfig(msgspec.Struct):
    NetworkMode: str = ""
    CgroupParent: str = ""


class _Binding(msgspec.Struct):
    HostIp: str = ""
    HostPort: str = ""


class _Endpoint(msgspec.Struct):
    IPAddress: str = ""
    IPPrefixLen: int = 0
    GlobalIPv6Address: str = ""
    GlobalIPv6PrefixLen: int = 0


class _NetworkSettings(msgspec.Struct):
    Ports: dict[str, list[_Binding] | None] | None = None
    Networks: dict[str, _Endpoint | None] | None = None


class _GraphDriver(msgspec.Struct):
    Data: dict[str, str] | None = None


class Inspected(msgspec.Struct):
    """The answer of `/containers/<id>/json`, as far as it is used; its names are the API's."""

    Id: str
    Created: str = ""
    Name: str = ""
    RestartCount: int = 0
    HostnamePath: str = ""
    State: _State = msgspec.field(default_factory=_State)
    Config: _Config | None = None
    HostConfig: _HostConfig | None = None
    NetworkSettings: _NetworkSettings | None = None
    GraphDriver: _GraphDriver | None = None


def understand(answer: Inspected, environment_names: Collection[str] = ()) -> Container:
    """Return the facts of an answer, with no environment variable but those named."""
    state, config = answer.State, answer.Config or _Config()
    host, network = answer.HostConfig or _HostConfig(), answer.NetworkSettings or _NetworkSettings()
    return Container(
        id=answer.Id,
        name=answer.Name.removeprefix("/"),
        image=config.Image,
        labels=config.Labels or {},
        environment=_environment(config.Env or [], environment_names),
        state="exited" if state.Status == "stopped" else state.Status,  # podman's word until it has cleaned up
        created_at=seconds(answer.Created),
        started_at=seconds(state.StartedAt),
        finished_at=seconds(state.FinishedAt),
        exit_code=state.ExitCode,
        oom_killed=state.OOMKilled,
        restart_count=answer.RestartCount,
        health="" if state.Health is None or state.Health.Status == "none" else state.Health.Status,
        pid=state.Pid,
        network_mode=host.NetworkMode,
        published_ports=_published(network.Ports or {}),
        addresses=_addresses(network.Networks or {}),
        cgroup_parent=host.CgroupParent,
        layer_folder=((answer.GraphDriver and answer.GraphDriver.Data) or {}).get("UpperDir", ""),
        data_folder=answer.HostnamePath.rpartition("/")[0],
    )


def seconds(text: str) -> float:
    """Return an RFC 3339 time as seconds since 1970; 0 for the API's zero time, "" and nonsense."""
    try:
        return max(0.0, datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return 0.0


def _environment(pairs: list[str], names: Collection[str]) -> dict[str, str]:
    split = (pair.partition("=") for pair in pairs)
    return {name: value for name, _, value in split if name in names}


def _published(ports: Mapping[str, list[_Binding] | None]) -> tuple[PublishedPort, ...]:
    """Return what is published of `{"80/tcp": [{"HostIp": …, "HostPort": "8080"}]}`, sorted."""
    return tuple(
        sorted(
            PublishedPort(int(number), protocol or "tcp", binding.HostIp, int(binding.HostPort))
            for key, bindings in ports.items()
            for number, _, protocol in [key.partition("/")]
            for binding in bindings or ()
            if number.isdecimal() and binding.HostPort.isdecimal()
        )
    )


def _addresses(networks: Mapping[str, _Endpoint | None]) -> tuple[NetworkAddress, ...]:
    return tuple(
        sorted(
            NetworkAddress(name, address, prefix_length)
            for name, endpoint in networks.items()
            if endpoint is not None
            for address, prefix_length in (
                (endpoint.IPAddress, endpoint.IPPrefixLen),
                (endpoint.GlobalIPv6Address, endpoint.GlobalIPv6PrefixLen),
            )
            if address
        )
    )
