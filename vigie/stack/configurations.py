"""Writes what each server of the stack reads, and makes the folders that they share."""

import secrets
from pathlib import Path

from vigie.stack import templates
from vigie.stack.layout import Layout


def write_configurations(layout: Layout) -> None:
    """Write every server's configuration into a folder of its own."""
    if "grafana" in layout.servers and not password_file(layout).exists():
        password_file(layout).parent.mkdir(exist_ok=True)
        password_file(layout).touch(0o600)
        password_file(layout).write_text(secrets.token_urlsafe(16))
    for name in layout.members("consul"):
        _write(layout.folder / name / "server.json", templates.render_consul(_consul_values(layout, name)))
    for name in layout.members("prometheus"):
        targets_folder(layout, discovery_beside(name)).mkdir(exist_ok=True)
        rules_folder(layout, name).mkdir(exist_ok=True)
        _write(layout.folder / name / "prometheus.yml", templates.render_prometheus(_prometheus_values(layout, name)))
    for name in layout.members("alertmanager"):
        _write(layout.folder / name / "alertmanager.yml", templates.render_alertmanager(layout.url("inbox") + "/"))
    _write(layout.folder / "blackbox" / "blackbox.yml", templates.render_blackbox())


def discovery_beside(prometheus: str) -> str:
    """Return the discovery that serves a Prometheus, such as `discovery-2` beside `prometheus-2`."""
    return prometheus.replace("prometheus", "discovery")


def rules_folder(layout: Layout, prometheus: str) -> Path:
    """Return the folder whose rule files a Prometheus reads."""
    return layout.folder / prometheus.replace("prometheus", "rules")


def targets_folder(layout: Layout, discovery: str) -> Path:
    """Return the folder that a discovery writes to and its Prometheus reads."""
    return layout.folder / discovery.replace("discovery", "targets")


def password_file(layout: Layout) -> Path:
    """Return the file with the password of Grafana's administrator."""
    return layout.folder / "grafana" / "password"


def _consul_values(layout: Layout, name: str) -> templates.ConsulValues:
    servers = layout.members("consul")
    # Raft remembers how many servers there are, so a cluster does not start from the data of one, nor the reverse.
    data = "data" if len(servers) == 1 else f"data-of-{len(servers)}"
    return templates.ConsulValues(
        node_name=layout.host if name == "consul" else f"{layout.host}-{name}",
        datacenter=layout.settings.datacenter,
        data_dir=str(layout.folder / name / data),
        bind_address="127.0.0.1",
        client_address="127.0.0.1",
        http_port=layout.port(name),
        server_port=layout.port(name, "server"),
        serf_port=layout.port(name, "serf"),
        servers=len(servers),
        join=[layout.address(other, "serf") for other in servers if other != name],
    )


def _prometheus_values(layout: Layout, name: str) -> templates.PrometheusValues:
    pair = layout.pair(name)
    store = layout.address("victoria-metrics") if layout.settings.ha else None
    return templates.PrometheusValues(
        scrape_interval=f"{layout.settings.scrape_interval * 1000:.0f}ms",
        rules_folder=str(rules_folder(layout, name)),
        targets_folder=str(targets_folder(layout, discovery_beside(name))),
        prometheuses=[layout.address(other) for other in pair],
        alertmanagers=layout.addresses("alertmanager"),
        consuls=layout.addresses("consul"),
        discoveries=[layout.address(discovery_beside(other)) for other in pair],
        blackbox=layout.address("blackbox"),
        replica=name if layout.settings.ha else None,
        shard=layout.shard(name),
        shards=layout.settings.shards,
        store_url=f"http://{store}/api/v1/write" if store else None,
        stores=[store] if store else [],
        others={
            "grafana": [layout.address("grafana")] if "grafana" in layout.servers else [],
            "vigie-console": [layout.address("console")],
        },
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
