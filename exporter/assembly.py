"""Makes the parts of the exporter from its settings; nothing runs yet."""

import resource
import socket
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from exporter.base.roots import Roots
from exporter.base.supplies import Supplies
from exporter.cloud.watcher import CloudWatcher, Hooks
from exporter.collector_settings import choose_enabled, make_collectors, settings_type
from exporter.docker.client import Client
from exporter.docker.inventory import Inventory
from exporter.docker.no_containers import NoContainers
from exporter.http.http_server import MAX_CONNECTIONS, VSOCK, HttpServer
from exporter.integrations.checks import Checks
from exporter.integrations.files import IntegrationFiles
from exporter.integrations.known import Known
from exporter.pages import config_errors_page, thread_restarts_page
from exporter.process import Process
from exporter.registration.agent import Agent
from exporter.registration.auto_integrations import AutoIntegrations
from exporter.registration.container_address import Place
from exporter.registration.container_plan import Limits
from exporter.registration.container_registrar import ContainerRegistrar
from exporter.registration.host_registrar import HostRegistrar
from exporter.registration.record import Announcement, check_announcement
from exporter.registration.registrar import Timing
from exporter.registry import find_collectors
from exporter.runner import Runner
from exporter.settings import Settings
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.settings import Common, inherited_sockets
from vigie.core.web_config.gate import Gate

COLLECTORS = find_collectors()
SETTINGS = settings_type(COLLECTORS)
MOST_VSOCK_PORT = (1 << 32) - 2  # the last one is VMADDR_PORT_ANY
# Consul's check has neither password nor certificate, and learns nothing about the host.
OPEN_PATHS = frozenset({"/-/healthy"})


class Registration(NamedTuple):
    """What speaks to Consul and to the cloud; None where the settings leave it out."""

    host: HostRegistrar | None
    containers: ContainerRegistrar | None
    cloud: CloudWatcher | None
    auto: AutoIntegrations | None


def make_inventory(settings: Settings) -> Inventory | None:
    """Return the inventory of the daemon's containers, None when nobody collects it.

    Raises UsageProblemError when the daemon's address is none.
    """
    if "containers" not in choose_enabled(settings, COLLECTORS):
        return None
    return Inventory(
        Client(settings.docker, settings.docker_timeout),
        environment_names=settings.container_environment,
        stopped_retention_seconds=settings.container_stopped_retention,
        ping_interval_seconds=settings.docker_ping_interval,
        retry_backoff_seconds=settings.docker_retry_backoff,
    )


def make_runner(settings: Settings, inventory: Inventory | None) -> Runner:
    """Return the runner of the enabled collectors on the host that the paths name."""
    roots = Roots(settings.path_procfs, settings.path_sysfs, settings.path_rootfs, settings.path_udev_data)
    supplies = Supplies(roots, *([inventory] if inventory is not None else []))
    collectors = make_collectors(supplies, settings, choose_enabled(settings, COLLECTORS))
    return Runner(supplies, collectors, settings.collector_deadline, settings.unavailable_backoff)


def make_gate(settings: Settings) -> Gate | None:
    """Return who checks TLS and users, None without a web configuration; raise UsageProblemError."""
    return Gate(settings.web_config_file, OPEN_PATHS) if settings.web_config_file is not None else None


def make_server(settings: Settings, gate: Gate | None) -> HttpServer:
    """Return the server, with more places than requests that it answers, so that an idle one can always make room.

    Connections take at most a quarter of our descriptors: the collectors need theirs. Raises ProblemError that names
    the address that can't be had.
    """
    inherited = take_inherited() if settings.web_systemd_socket else []
    addresses = [] if inherited else [parse_address(address) for address in settings.web_listen_address]
    places = max(MAX_CONNECTIONS, settings.web_max_requests * 2)
    most = min(places, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)
    try:
        return HttpServer(addresses, most, gate, inherited)
    except OSError as error:
        raise ProblemError(f"can't listen on {error.strerror}; choose another by --web.listen-address") from error


def take_inherited() -> list[socket.socket]:
    """Return the sockets of the socket unit that started us; raise UsageProblemError without one."""
    try:
        sockets = inherited_sockets()
    except OSError as error:
        raise UsageProblemError(f"--web.systemd-socket: systemd handed over what is no socket: {error}") from error
    if not sockets or any(listener.family not in {socket.AF_INET, socket.AF_INET6} for listener in sockets):
        expected = "expected to be started by a socket unit with ListenStream=PORT or ADDRESS:PORT"
        raise UsageProblemError(f"--web.systemd-socket: {expected}")
    return sockets


def make_registration(
    settings: Settings, common: Common, address: tuple[str, int], scheme: str, inventory: Inventory | None
) -> Registration:
    """Return what registers the first address listened on, and the host's containers."""
    host = make_host_registrar(settings, common, address, scheme) if settings.register else None
    auto = make_auto(settings, host, inventory)
    containers = make_container_registrar(settings, common, host, inventory, auto)
    return Registration(host, containers, make_cloud(settings, host) if settings.cloud else None, auto)


def make_sources(settings: Settings, gate: Gate | None, registration: Registration) -> list[Callable[[], bytes]]:
    """Return what gives the parts of the page that are no collector's."""
    sources = [] if settings.web_disable_exporter_metrics else [Process().page, thread_restarts_page]
    if gate is not None:
        sources.append(lambda: config_errors_page(gate.errors))
    return sources + [part.page for part in registration if part is not None]


def make_host_registrar(settings: Settings, common: Common, address: tuple[str, int], scheme: str) -> HostRegistrar:
    """Return who registers this exporter; raise UsageProblemError for a wrong name or label."""
    announcement = Announcement(
        host_name=settings.host_name or socket.gethostname(),
        listen_host=address[0],
        port=address[1],
        advertise_address=settings.advertise_address,
        allows_foreign_agent=settings.foreign_agent,
        metrics_path=settings.web_telemetry_path,
        scheme=scheme,
        tags=settings.tag,
        labels=settings.label,
        check=settings.check,
        check_interval_seconds=settings.check_interval,
    )
    check_announcement(announcement)
    return HostRegistrar(make_agent(settings, common), announcement, make_timing(settings))


def make_files(settings: Settings) -> IntegrationFiles:
    """Return who reads the files that ask for integrations."""
    return IntegrationFiles(settings.integrations_files, Known(settings.integrations_folder))


def make_auto(settings: Settings, host: HostRegistrar | None, inventory: Inventory | None) -> AutoIntegrations | None:
    """Return who tries what looks known, None where only labels and files are asked."""
    if host is None or not settings.autodiscovery or settings.integrations != "auto":
        return None
    own = host.announcement
    place = Place(own.host_name, own.advertise_address, settings.autodiscovery_local, own.port, own.scheme)
    containers = inventory or NoContainers()
    deadline_seconds = settings.integrations_deadline
    return AutoIntegrations(containers, make_files(settings), place, settings.path_procfs, deadline_seconds)


def make_container_registrar(
    settings: Settings,
    common: Common,
    host: HostRegistrar | None,
    inventory: Inventory | None,
    auto: AutoIntegrations | None = None,
) -> ContainerRegistrar | None:
    """Return who registers endpoints of containers and files, None where nothing is registered or none can ask."""
    can_ask = inventory or auto or settings.integrations_files.is_dir()
    if host is None or not settings.autodiscovery or not can_ask:
        return None
    crashed_seconds = min(settings.autodiscovery_crashed_retention, settings.container_stopped_retention)
    return ContainerRegistrar(
        make_agent(settings, common),
        auto or inventory or NoContainers(),
        host,
        Limits(settings.autodiscovery_max_endpoints, crashed_seconds, settings.check_interval),
        make_timing(settings),
        auto or make_files(settings),
        is_prometheus_here=settings.autodiscovery_local,
    )


def make_checks(settings: Settings, registrar: ContainerRegistrar | None) -> Checks | None:
    """Return who runs the checks of what is registered, None where nothing is."""
    if registrar is None:
        return None
    return Checks(lambda: registrar.checks, settings.integrations_deadline, settings.integrations_max_checks)


def make_agent(settings: Settings, common: Common) -> Agent:
    """Return a client of the Consul agent; raise UsageProblemError when its address is none."""
    return Agent(common.consul.url[0], common.consul.token_file, settings.watch_interval, common.consul)


def make_timing(settings: Settings) -> Timing:
    """Return how long things last at Consul."""
    return Timing(settings.watch_interval, settings.retry_backoff, settings.confirm_interval, settings.leave_window)


def make_cloud(settings: Settings, host: HostRegistrar | None) -> CloudWatcher:
    """Return the watcher of the cloud's metadata service, which tells the registrar; raise UsageProblemError."""
    hooks = Hooks(host.set_facts, host.set_maintenance) if host is not None else Hooks(_ignore, _ignore)
    return CloudWatcher(
        settings.cloud_metadata_url,
        settings.cloud_tag,
        hooks,
        settings.cloud_refresh_interval,
        settings.cloud_poll_interval,
    )


def _ignore(_: Any) -> None:
    """Do nothing with what the cloud tells, for there is no registration."""


def parse_address(text: str) -> tuple[str, int]:
    """Return (host, port) of `HOST:PORT`, `[IPV6]:PORT`, `:PORT` or `vsock://:PORT`; raise UsageProblemError."""
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdecimal() or int(port) > (MOST_VSOCK_PORT if host == VSOCK else 65535):
        raise UsageProblemError(f"--web.listen-address {text!r}: expected HOST:PORT, :PORT or {VSOCK}:PORT")
    return host if host == VSOCK else host.strip("[]"), int(port)


def choose_advertised(addresses: Sequence[tuple[str, int]], *, registers: bool) -> tuple[str, int]:
    """Return the first address that Consul can know; raise UsageProblemError when one is needed and there is none."""
    address = next((address for address in addresses if address[0] != VSOCK), None)
    if address is None and registers:
        expected = "expected an address of the network beside it, or --no-register"
        raise UsageProblemError(f"--web.listen-address {VSOCK}: nobody can be told of it by Consul; {expected}")
    return address or addresses[0]
