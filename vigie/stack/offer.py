"""The settings that a stack offers to our other commands on the same machine: its addresses and folders."""

from collections.abc import Mapping
from typing import Any

from vigie.stack.configurations import password_file, rules_folder, targets_folder
from vigie.stack.layout import Layout
from vigie.stack.servers import cache_of


def offered_settings(layout: Layout) -> Mapping[str, Mapping[str, Any]]:
    """Return the settings by section, "" for the common ones.

    `--local` of `vigie provision` is about one Prometheus and one Alertmanager, so pairs offer no folders to it.
    """
    return {
        "": _common(layout),
        "console": {"query_url": layout.url("victoria-metrics")} if layout.settings.shards > 1 else {},
        "discovery": {"output": str(targets_folder(layout, "discovery"))},
        "provision": _provision(layout),
        "up": {"cache": str(cache_of(layout.settings).folder)},  # where promtool and amtool are
    }


def _common(layout: Layout) -> dict[str, Any]:
    urls = {
        f"{kind}_url": [layout.url(name) for name in layout.members(kind)]
        for kind in ("consul", "prometheus", "alertmanager", "discovery")
    }
    if "grafana" not in layout.servers:
        return urls
    login = {"grafana_user": "admin", "grafana_password_file": str(password_file(layout))}
    return {**urls, "grafana_url": [layout.url("grafana")], **login}


def _provision(layout: Layout) -> dict[str, Any]:
    urls = {"inbox_url": layout.url("inbox") + "/", "runbook_base_url": layout.url("console") + "/runbooks/"}
    if layout.settings.shards > 1:
        urls["datasource_url"] = layout.url("victoria-metrics")
    if layout.settings.ha:
        return urls
    alertmanager = layout.folder / "alertmanager" / "alertmanager.yml"
    return {**urls, "rules_dir": str(rules_folder(layout, "prometheus")), "alertmanager_config": str(alertmanager)}
