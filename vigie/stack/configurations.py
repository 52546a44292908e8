"""Writes what each server of the stack reads, and makes the folders that they share."""

import secrets
from pathlib import Path

from vigie.stack import templates
from vigie.stack.layout import Layout


def write_configurations(one: Layout) -> None:
    """Write every server's configuration into a folder of its own."""
    if "grafana" in one.servers and not password_file(one).exists():
        password_file(one).parent.mkdir(exist_ok=True)
        password_file(one).touch(0o600)
        password_file(one).write_text(secrets.token_urlsafe(16))
    for name in one.members("consul"):
        _write(one.folder / name / "server.json", templates.consul(_consul(one, name)))
    for name in one.members("prometheus"):
        targets_folder(one, beside(name)).mkdir(exist_ok=True)
        rules_folder(one, name).mkdir(exist_ok=True)
        _write(one.folder / name / "prometheus.yml", templates.prometheus(_prometheus(one, name)))
    for name in one.members("alertmanager"):
        _write(one.folder / name / "alertmanager.yml", templates.alertmanager(one.url("inbox") + "/"))
    _write(one.folder / "blackbox" / "blackbox.yml", templates.blackbox())


def beside(prometheus: str) -> str:
    """Return the discovery that serves a Prometheus, such as `discovery-2` beside `prometheus-2`."""
    return prometheus.replace("prometheus", "discovery")


def rules_folder(one: Layout, prometheus: str) -> Path:
    """Return the folder whose rule files a Prometheus reads."""
    return one.folder / prometheus.replace("prometheus", "rules")


def targets_folder(one: Layout, discovery: str) -> Path:
    """Return the folder that a discovery writes to and its Prometheus reads."""
    return one.folder / discovery.replace("discovery", "targets")


def password_file(one: Layout) -> Path:
    """Return the file with the password of Grafana's administrator."""
    return one.folder / "grafana" / "password"


def _consul(one: Layout, name: str) -> templates.Consul:
    servers = one.members("consul")
    # Raft remembers how many servers there are, so a cluster does not start from the data of one, nor the reverse.
    data = "data" if len(servers) == 1 else f"data-of-{len(servers)}"
    return templates.Consul(
        node_name=one.host if name == "consul" else f"{one.host}-{name}",
        datacenter=one.settings.datacenter,
        data_dir=str(one.folder / name / data),
        bind_address="127.0.0.1",
        client_address="127.0.0.1",
        http_port=one.port(name),
        server_port=one.port(name, "server"),
        serf_port=one.port(name, "serf"),
        servers=len(servers),
        join=[one.address(other, "serf") for other in servers if other != name],
    )


def _prometheus(one: Layout, name: str) -> templates.Prometheus:
    pair = one.pair(name)
    store = one.address("victoria-metrics") if one.settings.ha else None
    return templates.Prometheus(
        scrape_interval=f"{one.settings.scrape_interval_seconds * 1000:.0f}ms",
        rules_folder=str(rules_folder(one, name)),
        targets_folder=str(targets_folder(one, beside(name))),
        prometheuses=[one.address(other) for other in pair],
        alertmanagers=one.addresses("alertmanager"),
        consuls=one.addresses("consul"),
        discoveries=[one.address(beside(other)) for other in pair],
        blackbox=one.address("blackbox"),
        replica=name if one.settings.ha else None,
        shard=one.shard(name),
        shards=one.settings.shards,
        store_url=f"http://{store}/api/v1/write" if store else None,
        stores=[store] if store else [],
        others={
            "grafana": [one.address("grafana")] if "grafana" in one.servers else [],
            "vigie-console": [one.address("console")],
        },
    )


def _others(one: Layout) -> dict[str, list[str]]:
    grafana = {"grafana": [one.address("grafana")]} if "grafana" in one.servers else {}
    return {"vigie-console": [one.address("console")], **grafana}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
