"""What runs in the stack, in which order and with which arguments."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from vigie import __version__
from vigie.stack.child import Program
from vigie.stack.configurations import password_file, targets_folder
from vigie.stack.layout import Layout, split_name
from vigie.stack.servers import is_new_enough

OURS = (sys.executable, "-P", "-m", "vigie")  # -P: a folder named like a package must not be imported from


def list_programs(layout: Layout) -> Iterator[Program]:
    """Yield the programs of the stack in the order in which they start; they stop in the reverse."""
    for name in layout.members("consul"):
        yield _server(layout, name, "/v1/status/leader", _consul_arguments(layout, name))
    # A trial on one machine is the same wherever the machine stands, so no cloud is asked.
    exporter = ("--web.listen-address", layout.address("exporter"), "--no-cloud", "--autodiscovery-local")
    yield _ours(layout, "exporter", "/-/healthy", (*exporter, *_consul_urls(layout, "exporter")))
    for name in layout.members("discovery"):
        output = ("--output", str(targets_folder(layout, name)), "--web.listen-address", layout.address(name))
        yield _ours(layout, name, "/metrics", (*output, *_consul_urls(layout, name)), "discovery")
    yield _ours(layout, "inbox", "/-/healthy", ("--web.listen-address", layout.address("inbox")))
    for name in layout.members("alertmanager"):
        yield _server(layout, name, "/-/ready", _alertmanager_arguments(layout, name))
    yield _server(layout, "blackbox", "/-/healthy", _blackbox_arguments(layout), server_name="blackbox_exporter")
    if layout.settings.ha:
        yield _server(layout, "victoria-metrics", "/health", _store_arguments(layout))
    for name in layout.members("prometheus"):
        yield _server(layout, name, "/-/ready", _prometheus_arguments(layout, name))
    if "grafana" in layout.servers:
        yield _grafana(layout)
    yield _ours(layout, "console", "/-/healthy", tuple(_console_arguments(layout)))


def _consul_urls(layout: Layout, name: str) -> Iterator[str]:
    """Yield flags with all Consul servers, each member's own first; the exporter's own agent is the first server."""
    servers = layout.members("consul")
    _, number = split_name(name)
    first = (number - 1) % len(servers)
    for server in (*servers[first:], *servers[:first]):
        yield from ("--consul-url", layout.url(server))


def _ours(
    layout: Layout, name: str, ready_path: str, arguments: tuple[str, ...], command: str | None = None
) -> Program:
    whole = (*OURS, command or name, *arguments)
    return Program(name, whole, layout.url(name), ready_path, __version__, "vigie", layout.folder, {})


def _server(
    layout: Layout,
    name: str,
    ready_path: str,
    arguments: tuple[str, ...],
    environment: Mapping[str, str] | None = None,
    server_name: str | None = None,
) -> Program:
    server = layout.servers[server_name or split_name(name)[0]]
    folder = server.working_folder or layout.folder
    command = (str(server.path), *arguments)
    return Program(
        name, command, layout.url(name), ready_path, server.version, server.origin, folder, environment or {}
    )


def _consul_arguments(layout: Layout, name: str) -> tuple[str, ...]:
    arguments = ("agent", "-ui", f"-config-file={layout.folder / name / 'server.json'}")
    if is_new_enough(layout.servers["consul"].version, "1.14"):
        # Servers of these versions open this port by themselves; older ones don't know it.
        return (*arguments, "-grpc-tls-port=-1")
    return arguments


# After a restart Alertmanager knows no alerts. Once an alert is older than its group's `group_wait`, it is notified at
# once, also one that an inhibiting alert would hold back, if it arrives first (prometheus/alertmanager#4064). So
# Prometheus sends all alerts at every evaluation, and Alertmanager notifies nobody until it has settled, which takes
# longer than that: four polls of its peers, each ten gossip intervals after the other (cluster.go, Settle).
RESENDING = ("--rules.alert.resend-delay=5s",)
SETTLING = ("--cluster.gossip-interval=500ms",)
STARTING = ("--dispatch.start-delay=15s",)  # from 0.30 on, also without a cluster


def _prometheus_arguments(layout: Layout, name: str) -> tuple[str, ...]:
    return (
        f"--config.file={layout.folder / name / 'prometheus.yml'}",
        f"--storage.tsdb.path={layout.folder / name / 'data'}",
        f"--storage.tsdb.retention.time={layout.settings.retention_days}d",
        f"--web.listen-address={layout.address(name)}",
        "--web.enable-lifecycle",
        *RESENDING,
    )


def _blackbox_arguments(layout: Layout) -> tuple[str, ...]:
    return (
        f"--config.file={layout.folder / 'blackbox' / 'blackbox.yml'}",
        f"--web.listen-address={layout.address('blackbox')}",
    )


def _alertmanager_arguments(layout: Layout, name: str) -> tuple[str, ...]:
    arguments = (
        f"--config.file={layout.folder / name / 'alertmanager.yml'}",
        f"--storage.path={layout.folder / name / 'data'}",
        f"--web.listen-address={layout.address(name)}",
        *(STARTING if is_new_enough(layout.servers["alertmanager"].version, "0.30") else ()),
    )
    if not layout.settings.ha:
        return (*arguments, "--cluster.listen-address=")  # one alone has no peers
    own = layout.address(name, "cluster")
    others = (layout.address(other, "cluster") for other in layout.members("alertmanager") if other != name)
    return (
        *arguments,
        f"--cluster.listen-address={own}",
        f"--cluster.advertise-address={own}",
        *SETTLING,
        *(f"--cluster.peer={other}" for other in others),
    )


def _store_arguments(layout: Layout) -> tuple[str, ...]:
    interval = f"{layout.settings.scrape_interval * 1000:.0f}ms"
    return (
        f"-storageDataPath={layout.folder / 'victoria-metrics'}",
        f"-retentionPeriod={layout.settings.store_retention_months}",
        f"-httpListenAddr={layout.address('victoria-metrics')}",
        # Both of a pair write each series; one sample an interval stays, or every rate would count twice as many.
        f"-dedup.minScrapeInterval={interval}",
        # By default a query does not see the last 30 s.
        f"-search.latencyOffset={interval}",
    )


def _console_arguments(layout: Layout) -> Iterator[str]:
    yield from ("--web.listen-address", layout.address("console"))
    for kind in ("prometheus", "alertmanager", "discovery"):
        for name in layout.members(kind):
            yield from (f"--{kind}-url", layout.url(name))
    if layout.settings.shards > 1:  # each knows its own hosts alone, the store all
        yield from ("--query-url", layout.url("victoria-metrics"))
    if "grafana" in layout.servers:
        yield from ("--grafana-url", layout.url("grafana"))


# Grafana asks its makers for nothing, and downloads nothing: compose/grafana/grafana.ini says the same.
QUIET_GRAFANA = {
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
}


def _grafana(layout: Layout) -> Program:
    # A tarball has its binary in <home>/bin, a package in /usr/sbin or /usr/bin with the home in /usr/share.
    home = layout.servers["grafana"].path.resolve().parent.parent
    home = home if (home / "public").is_dir() else Path("/usr/share/grafana")
    folder = layout.folder / "grafana"
    environment = {
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": str(layout.port("grafana")),
        "GF_SECURITY_ADMIN_PASSWORD": f"$__file{{{password_file(layout)}}}",
        "GF_PATHS_DATA": str(folder / "data"),
        "GF_PATHS_LOGS": str(folder / "logs"),
        "GF_PATHS_PLUGINS": str(folder / "plugins"),
        **QUIET_GRAFANA,
    }
    return _server(layout, "grafana", "/api/health", ("server", "--homepath", str(home)), environment)
