"""What runs in the stack, in which order and with which arguments."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from vigie import __version__
from vigie.stack.child import Program
from vigie.stack.configurations import password_file, targets_folder
from vigie.stack.layout import Layout, split
from vigie.stack.servers import new_enough

OURS = (sys.executable, "-P", "-m", "vigie")  # -P: a folder named like a package must not be imported from


def programs(one: Layout) -> Iterator[Program]:
    """Yield the programs of the stack in the order in which they start; they stop in the reverse."""
    for name in one.members("consul"):
        yield _server(one, name, "/v1/status/leader", _consul_arguments(one, name))
    # A trial on one machine is the same wherever the machine stands, so no cloud is asked.
    exporter = ("--web.listen-address", one.address("exporter"), "--no-cloud", "--autodiscovery-local")
    yield _ours(one, "exporter", "/-/healthy", (*exporter, *_consul_urls(one, "exporter")))
    for name in one.members("discovery"):
        output = ("--output", str(targets_folder(one, name)), "--web.listen-address", one.address(name))
        yield _ours(one, name, "/metrics", (*output, *_consul_urls(one, name)), "discovery")
    yield _ours(one, "inbox", "/-/healthy", ("--web.listen-address", one.address("inbox")))
    for name in one.members("alertmanager"):
        yield _server(one, name, "/-/ready", _alertmanager_arguments(one, name))
    yield _server(one, "blackbox", "/-/healthy", _blackbox_arguments(one), server_name="blackbox_exporter")
    if one.settings.ha:
        yield _server(one, "victoria-metrics", "/health", _store_arguments(one))
    for name in one.members("prometheus"):
        yield _server(one, name, "/-/ready", _prometheus_arguments(one, name))
    if "grafana" in one.servers:
        yield _grafana(one)
    yield _ours(one, "console", "/-/healthy", tuple(_console_arguments(one)))


def _consul_urls(one: Layout, name: str) -> Iterator[str]:
    """Yield flags with all Consul servers, each member's own first; the exporter's own agent is the first server."""
    servers = one.members("consul")
    _, number = split(name)
    first = (number - 1) % len(servers)
    for server in (*servers[first:], *servers[:first]):
        yield from ("--consul-url", one.url(server))


def _ours(one: Layout, name: str, ready_path: str, arguments: tuple[str, ...], command: str | None = None) -> Program:
    words = (*OURS, command or name, *arguments)
    return Program(name, words, one.url(name), ready_path, __version__, "vigie", one.folder, {})


def _server(
    one: Layout,
    name: str,
    ready_path: str,
    arguments: tuple[str, ...],
    environment: Mapping[str, str] | None = None,
    server_name: str | None = None,
) -> Program:
    server = one.servers[server_name or split(name)[0]]
    folder = server.working_folder or one.folder
    command = (str(server.path), *arguments)
    return Program(name, command, one.url(name), ready_path, server.version, server.origin, folder, environment or {})


def _consul_arguments(one: Layout, name: str) -> tuple[str, ...]:
    arguments = ("agent", "-ui", f"-config-file={one.folder / name / 'server.json'}")
    if new_enough(one.servers["consul"].version, "1.14"):
        # Servers of these versions open this port by themselves; older ones don't know it.
        return (*arguments, "-grpc-tls-port=-1")
    return arguments


# An Alertmanager that restarts has forgotten all alerts, and waits no more for one that is older than its group's wait:
# what another alert holds back is told, if it comes before that one (prometheus/alertmanager#4064). So Prometheus sends
# all of them at every evaluation, and Alertmanager, which tells nothing before it has looked for its peers, looks for
# longer than that: four times, each ten gossip intervals after the other (cluster.go, Settle).
RESENDING = ("--rules.alert.resend-delay=5s",)
SETTLING = ("--cluster.gossip-interval=500ms",)
STARTING = ("--dispatch.start-delay=15s",)  # from 0.30 on it can be told so, and then one alone as well


def _prometheus_arguments(one: Layout, name: str) -> tuple[str, ...]:
    return (
        f"--config.file={one.folder / name / 'prometheus.yml'}",
        f"--storage.tsdb.path={one.folder / name / 'data'}",
        f"--storage.tsdb.retention.time={one.settings.retention_days}d",
        f"--web.listen-address={one.address(name)}",
        "--web.enable-lifecycle",
        *RESENDING,
    )


def _blackbox_arguments(one: Layout) -> tuple[str, ...]:
    return (
        f"--config.file={one.folder / 'blackbox' / 'blackbox.yml'}",
        f"--web.listen-address={one.address('blackbox')}",
    )


def _alertmanager_arguments(one: Layout, name: str) -> tuple[str, ...]:
    arguments = (
        f"--config.file={one.folder / name / 'alertmanager.yml'}",
        f"--storage.path={one.folder / name / 'data'}",
        f"--web.listen-address={one.address(name)}",
        *(STARTING if new_enough(one.servers["alertmanager"].version, "0.30") else ()),
    )
    if not one.settings.ha:
        return (*arguments, "--cluster.listen-address=")  # one alone gossips with nobody
    own = one.address(name, "cluster")
    others = (one.address(other, "cluster") for other in one.members("alertmanager") if other != name)
    return (
        *arguments,
        f"--cluster.listen-address={own}",
        f"--cluster.advertise-address={own}",
        *SETTLING,
        *(f"--cluster.peer={other}" for other in others),
    )


def _store_arguments(one: Layout) -> tuple[str, ...]:
    interval = f"{one.settings.scrape_interval_seconds * 1000:.0f}ms"
    return (
        f"-storageDataPath={one.folder / 'victoria-metrics'}",
        f"-retentionPeriod={one.settings.store_retention_months}",
        f"-httpListenAddr={one.address('victoria-metrics')}",
        # Both of a pair write each series; one sample an interval stays, or every rate would count twice as many.
        f"-dedup.minScrapeInterval={interval}",
        # By default a query does not see the last 30 s.
        f"-search.latencyOffset={interval}",
    )


def _console_arguments(one: Layout) -> Iterator[str]:
    yield from ("--web.listen-address", one.address("console"))
    for kind in ("prometheus", "alertmanager", "discovery"):
        for name in one.members(kind):
            yield from (f"--{kind}-url", one.url(name))
    if one.settings.shards > 1:  # each knows its own hosts alone, the store all
        yield from ("--query-url", one.url("victoria-metrics"))
    if "grafana" in one.servers:
        yield from ("--grafana-url", one.url("grafana"))


def _grafana(one: Layout) -> Program:
    # A tarball has its binary in <home>/bin, a package in /usr/sbin or /usr/bin with the home in /usr/share.
    home = one.servers["grafana"].path.resolve().parent.parent
    home = home if (home / "public").is_dir() else Path("/usr/share/grafana")
    folder = one.folder / "grafana"
    environment = {
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": str(one.port("grafana")),
        "GF_SECURITY_ADMIN_PASSWORD": f"$__file{{{password_file(one)}}}",
        "GF_PATHS_DATA": str(folder / "data"),
        "GF_PATHS_LOGS": str(folder / "logs"),
        "GF_PATHS_PLUGINS": str(folder / "plugins"),
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    }
    return _server(one, "grafana", "/api/health", ("server", "--homepath", str(home)), environment)
