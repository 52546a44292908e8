"""Asks amtool who receives a host's alerts by the running configuration, once for each set of routing labels."""

import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from alerting.tools import amtool
from vigie.core.errors import ProblemError
from vigie.doctor.findings.facts import Route, UnresolvedRoutes

ALERT = {"alertname": "HostDown", "severity": "critical"}
LABEL = re.compile(r'^\s*"?([a-zA-Z_]\w*)"?\s*(?:=~|!~|!=|=)')


class Routing:
    """The routes of each Alertmanager, whose configurations lie in a folder of our own until `close`."""

    def __init__(self, configurations: Mapping[str, str], find_amtool: Callable[[], Path]) -> None:
        """Take the configurations by the address of their Alertmanager."""
        self._folder = tempfile.TemporaryDirectory(prefix="vigie-doctor-")
        self._find_amtool = find_amtool
        self._files: list[tuple[Path, frozenset[str]]] = []
        self._known: dict[tuple[tuple[str, str], ...], tuple[Route, ...] | UnresolvedRoutes] = {}
        self._lock = threading.Lock()
        for number, text in enumerate(dict.fromkeys(configurations.values())):
            path = Path(self._folder.name) / f"{number}.yml"
            path.write_text(text)
            self._files.append((path, matched_labels(text)))

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def of(self, labels: Mapping[str, str]) -> tuple[Route, ...] | UnresolvedRoutes:
        """Return who receives `HostDown` of a host with these labels, or why that is not known."""
        alert_labels = {**labels, **ALERT}
        matched = frozenset().union(*(names for _, names in self._files))
        key = tuple(sorted((name, value) for name, value in alert_labels.items() if name in matched))
        with self._lock:
            if key not in self._known:
                self._known[key] = self._ask_amtool(alert_labels)
            return self._known[key]

    def _ask_amtool(self, labels: Mapping[str, str]) -> tuple[Route, ...] | UnresolvedRoutes:
        try:
            tool = self._find_amtool()
        except ProblemError as error:
            return UnresolvedRoutes(str(error), is_fault=False)
        try:
            receivers = [amtool.receivers(tool, path, labels) for path, _ in self._files]
        except ProblemError as error:
            return UnresolvedRoutes(str(error), is_fault=True)
        return tuple(Route(ALERT["alertname"], names) for names in dict.fromkeys(receivers))


def matched_labels(configuration: str) -> frozenset[str]:
    """Return the names of all labels that a configuration's routes match."""
    return frozenset(_labels((yaml.safe_load(configuration) or {}).get("route") or {}))


def _labels(route: Mapping[str, Any]) -> set[str]:
    labels = {str(name) for kind in ("match", "match_re") for name in route.get(kind) or {}}
    for text in route.get("matchers") or ():
        labels |= {match[1] for part in str(text).strip("{}").split(",") if (match := LABEL.match(part))}
    return labels.union(*(_labels(child) for child in route.get("routes") or ()))
