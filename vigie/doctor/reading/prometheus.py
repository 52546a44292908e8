"""Reads one Prometheus: its targets, rules, Alertmanagers, and the newest samples of hosts."""

import time
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import msgspec
import yaml

from vigie.core.http.client import HttpClient
from vigie.core.http.fetch_failure import brief
from vigie.core.settings import parse_duration_seconds
from vigie.doctor.findings.facts import HostKey, Prometheus, Rule, Rules, Scrape, by_host

SERIES = 'node_time_seconds{job="node"}'
STATES = 'vigie_integration_state{integration!=""}'


class _Targets(msgspec.Struct, rename="camel"):
    active_targets: tuple[Scrape, ...]
    dropped_targets: tuple[Scrape, ...] = ()


def read(server: HttpClient, host: str | None) -> Prometheus:
    """Return what it has of one host's name, or of all hosts (None); raise FetchError."""
    targets = msgspec.convert(_data(server, "/api/v1/targets", state="any"), _Targets)
    configuration = yaml.safe_load(_data(server, "/api/v1/status/config")["yaml"]) or {}
    chosen = SERIES if host is None else SERIES[:-1] + f",instance={_quote(host)}}}"
    states = STATES if host is None else STATES[:-1] + f",host={_quote(host)}}}"
    at = time.time()
    newest = _vector(server, f"timestamp({chosen})")
    ahead = _vector(server, f"{chosen} - timestamp({chosen})")
    return Prometheus(
        reload_is_good=bool(_data(server, "/api/v1/status/runtimeinfo")["reloadConfigSuccess"]),
        active=by_host(
            ((scrape.labels.get("dc", ""), scrape.labels.get("instance", "")), scrape)
            for scrape in targets.active_targets
            if scrape.labels.get("job") == "node"
        ),
        integrations=by_host(
            ((scrape.labels.get("dc", ""), scrape.labels.get("host", "")), scrape)
            for scrape in targets.active_targets
            if scrape.labels.get("integration")
        ),
        states={
            (labels.get("dc", ""), labels.get("instance", ""), labels["integration"]): labels.get("state", "")
            for labels in _labels(server, f"{states} == 1")
        },
        dropped=tuple(scrape for scrape in targets.dropped_targets if scrape.discovered_labels.get("job") == "node"),
        files=tuple(files_of(configuration)),
        rules=rules_of(_data(server, "/api/v1/rules")),
        alertmanagers=tuple(
            urlsplit(alertmanager["url"]).netloc
            for alertmanager in _data(server, "/api/v1/alertmanagers")["activeAlertmanagers"]
        ),
        age_seconds={key: at - value for key, (_, value) in newest.items()},
        clock_seconds={key: value for key, (_, value) in ahead.items()},
        sample_labels={key: labels for key, (labels, _) in newest.items()},
        interval_seconds=interval_of(configuration),
        shard=str((configuration.get("global") or {}).get("external_labels", {}).get("prometheus_shard", "")),
    )


def files_of(configuration: Mapping[str, Any]) -> Sequence[str]:
    """Return the patterns of all `file_sd_configs`."""
    return [
        str(name)
        for job in configuration.get("scrape_configs") or ()
        for file_sd in job.get("file_sd_configs") or ()
        for name in file_sd.get("files") or ()
    ]


def interval_of(configuration: Mapping[str, Any]) -> float:
    """Return the longest scrape interval, in seconds."""
    jobs = [configuration.get("global") or {}, *(configuration.get("scrape_configs") or ())]
    return max(parse_duration_seconds(str(job.get("scrape_interval", "15s"))) for job in jobs)


def rules_of(data: Mapping[str, Any]) -> Rules:
    """Return the rules of an answer of `/api/v1/rules`."""
    rules = [(rule, PurePosixPath(group["file"]).name) for group in data["groups"] for rule in group["rules"]]
    failing = tuple(
        Rule(rule["name"], file, brief(rule.get("lastError", ""))) for rule, file in rules if rule["health"] == "err"
    )
    return Rules(len(rules), tuple(sorted({file for _, file in rules})), failing)


def _vector(server: HttpClient, query: str) -> dict[HostKey, tuple[Mapping[str, str], float]]:
    """Return the labels and the value of each host in the answer."""
    samples = {}
    for sample in _data(server, "/api/v1/query", query=query)["result"]:
        labels = sample["metric"]
        samples[labels.get("dc", ""), labels.get("instance", "")] = labels, float(sample["value"][1])
    return samples


def _labels(server: HttpClient, query: str) -> list[Mapping[str, str]]:
    return [sample["metric"] for sample in _data(server, "/api/v1/query", query=query)["result"]]


def _quote(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _data(server: HttpClient, path: str, **params: str) -> Any:
    return server.get_json(path, **params)["data"]
