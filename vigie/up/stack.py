"""What runs in the stack, in which order and with which arguments; configurations are rendered from `compose/`."""

import secrets
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import NamedTuple

from vigie import __version__
from vigie.data import builtin
from vigie.up.child import Program
from vigie.up.servers import Server, new_enough
from vigie.up.settings import Settings

SERVERS = (
    "consul",
    "prometheus",
    "promtool",
    "alertmanager",
    "blackbox_exporter",
)  # what must be had before anything starts
OURS = (sys.executable, "-P", "-m", "vigie")  # -P: a folder named like a package must not be imported from


class Layout(NamedTuple):
    """The settings of a stack, its absolute folder, its servers by name, and the name of this host."""

    settings: Settings
    folder: Path
    servers: Mapping[str, Server]
    host: str

    def url(self, name: str) -> str:
        """Return where `name` answers, such as `url("consul")`."""
        return f"http://{self.address(name)}"

    def address(self, name: str) -> str:
        """Return the loopback `host:port` of `name`."""
        return f"127.0.0.1:{self.ports()[name + '_port']}"

    def ports(self) -> dict[str, int]:
        """Return every port that the stack listens on, by the name of its setting, with the offset added."""
        names = [name for name in Settings.__struct_fields__ if name.endswith("_port")]
        if "grafana" not in self.servers:
            names.remove("grafana_port")
        return {name: getattr(self.settings, name) + self.settings.port_offset for name in names}


def layout(settings: Settings, servers: Mapping[str, Server]) -> Layout:
    """Return the layout of the stack that `settings` describe on this machine."""
    return Layout(settings, settings.dir.absolute(), servers, socket.gethostname())


def render(template: str, values: Mapping[str, str | int]) -> str:
    """Return `template` with every `${name}` filled in; raise KeyError for a name without a value."""
    return Template(template).substitute(values)


def write_configurations(one: Layout) -> None:
    """Write what each server reads, and make the folders that they share."""
    for name in ("consul", "prometheus", "alertmanager", "blackbox", "targets", "rules"):
        (one.folder / name).mkdir(exist_ok=True)
    if "grafana" in one.servers and not _password_file(one).exists():
        _password_file(one).parent.mkdir(exist_ok=True)
        _password_file(one).touch(0o600)
        _password_file(one).write_text(secrets.token_urlsafe(16))
    for name, values in _values(one).items():
        text = render(builtin("compose", *name.split("/")).read_text(), values)
        (one.folder / name).write_text(text)


def _values(one: Layout) -> dict[str, dict[str, str | int]]:
    ports = one.ports()
    loopback = "127.0.0.1"
    return {
        "consul/server.json": {
            "node_name": one.host,
            "datacenter": one.settings.datacenter,
            "data_dir": str(one.folder / "consul" / "data"),
            "bind_address": loopback,
            "client_address": loopback,
            "http_port": ports["consul_port"],
            "server_port": ports["consul_server_port"],
            "serf_port": ports["consul_serf_port"],
        },
        "prometheus/prometheus.yml": {
            "scrape_interval": f"{one.settings.scrape_interval_seconds * 1000:.0f}ms",
            "rules_folder": str(one.folder / "rules"),
            "targets_folder": str(one.folder / "targets"),
            **{name: one.address(name) for name in ("prometheus", "alertmanager", "consul", "discovery", "blackbox")},
        },
        "blackbox/blackbox.yml": {},
        "alertmanager/alertmanager.yml": {"inbox": one.url("inbox") + "/"},
    }


def programs(one: Layout) -> Iterator[Program]:
    """Yield the programs of the stack in the order in which they start; they stop in the reverse."""
    yield _server(one, "consul", "/v1/status/leader", _consul_arguments(one))
    # A trial on one machine is the same wherever the machine stands, so no cloud is asked.
    exporter = ("--web.listen-address", one.address("exporter"), "--no-cloud", "--autodiscovery-local", *_consul(one))
    yield _ours(one, "exporter", "/-/healthy", exporter)
    discovery = ("--output", str(one.folder / "targets"), "--listen-address", one.address("discovery"), *_consul(one))
    yield _ours(one, "discovery", "/metrics", discovery)
    yield _ours(one, "inbox", "/-/healthy", ("--listen-address", one.address("inbox")))
    yield _server(one, "alertmanager", "/-/ready", _alertmanager_arguments(one))
    yield _server(one, "blackbox_exporter", "/-/healthy", _blackbox_arguments(one), name="blackbox")
    yield _server(one, "prometheus", "/-/ready", _prometheus_arguments(one))
    if "grafana" in one.servers:
        yield _grafana(one)


def provision_command(one: Layout, *, grafana: bool) -> tuple[str, ...]:
    """Return the command that brings rules and routes (and Grafana) to their desired state."""
    rules = ("--rules-dir", str(one.folder / "rules"), "--prometheus-url", one.url("prometheus"))
    file = one.folder / "alertmanager" / "alertmanager.yml"
    routes = ("--alertmanager-config", str(file), "--alertmanager-url", one.url("alertmanager"))
    inbox = ("--inbox-url", one.url("inbox") + "/")
    targets = ("--local", *rules, *routes, *inbox, *(("--grafana",) if grafana else ()))
    return (*OURS, "provision", "apply", *targets)


def provision_environment(one: Layout) -> dict[str, str]:
    """Return where that command finds promtool and, when Grafana is one of our programs, how it signs in."""
    cache = one.settings.cache
    chosen = {"VIGIE_UP_CACHE": str(cache.absolute())} if cache else {}
    if "grafana" not in one.servers:
        return chosen
    access = {"VIGIE_GRAFANA_USER": "admin", "VIGIE_GRAFANA_PASSWORD_FILE": str(_password_file(one))}
    return {**chosen, "VIGIE_GRAFANA_URL": one.url("grafana"), **access}


def _password_file(one: Layout) -> Path:
    return one.folder / "grafana" / "password"


def _consul(one: Layout) -> tuple[str, str]:
    return "--consul-url", one.url("consul")


def _ours(one: Layout, name: str, ready_path: str, arguments: tuple[str, ...]) -> Program:
    return Program(name, (*OURS, name, *arguments), one.url(name), ready_path, __version__, "vigie", one.folder, {})


def _server(
    one: Layout,
    server_name: str,
    ready_path: str,
    arguments: tuple[str, ...],
    environment: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Program:
    server, name = one.servers[server_name], name or server_name
    folder = server.working_folder or one.folder
    command = (str(server.path), *arguments)
    return Program(name, command, one.url(name), ready_path, server.version, server.origin, folder, environment or {})


def _consul_arguments(one: Layout) -> tuple[str, ...]:
    arguments = ("agent", "-ui", f"-config-file={one.folder / 'consul' / 'server.json'}")
    if new_enough(one.servers["consul"].version, "1.14"):
        # Servers of these versions open this port by themselves; older ones don't know it.
        return (*arguments, "-grpc-tls-port=-1")
    return arguments


def _prometheus_arguments(one: Layout) -> tuple[str, ...]:
    return (
        f"--config.file={one.folder / 'prometheus' / 'prometheus.yml'}",
        f"--storage.tsdb.path={one.folder / 'prometheus' / 'data'}",
        f"--web.listen-address={one.address('prometheus')}",
        "--web.enable-lifecycle",
    )


def _blackbox_arguments(one: Layout) -> tuple[str, ...]:
    return (
        f"--config.file={one.folder / 'blackbox' / 'blackbox.yml'}",
        f"--web.listen-address={one.address('blackbox')}",
    )


def _alertmanager_arguments(one: Layout) -> tuple[str, ...]:
    return (
        f"--config.file={one.folder / 'alertmanager' / 'alertmanager.yml'}",
        f"--storage.path={one.folder / 'alertmanager' / 'data'}",
        f"--web.listen-address={one.address('alertmanager')}",
        "--cluster.listen-address=",  # one alone gossips with nobody
    )


def _grafana(one: Layout) -> Program:
    # A tarball has its binary in <home>/bin, a package in /usr/sbin or /usr/bin with the home in /usr/share.
    home = one.servers["grafana"].path.resolve().parent.parent
    home = home if (home / "public").is_dir() else Path("/usr/share/grafana")
    folder = one.folder / "grafana"
    environment = {
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": one.address("grafana").rpartition(":")[2],
        "GF_SECURITY_ADMIN_PASSWORD": f"$__file{{{_password_file(one)}}}",
        "GF_PATHS_DATA": str(folder / "data"),
        "GF_PATHS_LOGS": str(folder / "logs"),
        "GF_PATHS_PLUGINS": str(folder / "plugins"),
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    }
    return _server(one, "grafana", "/api/health", ("server", "--homepath", str(home)), environment)
