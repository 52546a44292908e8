"""Addresses of the console's own pages; every name is quoted."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode


def host(dc: str, name: str) -> str:
    """Return the page of a host."""
    return "/host?" + urlencode({"dc": dc, "name": name})


def container(dc: str, host_name: str, name: str) -> str:
    """Return the page of a container."""
    return "/container?" + urlencode({"dc": dc, "host": host_name, "name": name})


def runbook(alert: str) -> str:
    """Return the page of an alert's runbook."""
    return "/runbooks/" + quote(alert, safe="")


def backtest(alert: str) -> str:
    """Return the page that puts an alert to the history."""
    return "/backtest/" + quote(alert, safe="")


def explore(expression: str) -> str:
    """Return the page that plots an expression."""
    return "/explore?" + urlencode({"expr": expression})


def silence(labels: Mapping[str, str]) -> str:
    """Return the form that adds a downtime for an alert: for its host, or for what else tells it apart."""
    names = ("alertname", "dc", "host") if labels.get("host") else ("alertname", "job", "instance")
    chosen = [f"{name}={labels[name]}" for name in names if labels.get(name)]
    return "/alerts?" + urlencode([("match", matcher) for matcher in chosen]) + "#add"


def alerts(name: str) -> str:
    """Return the alerts of one name."""
    return "/alerts?" + urlencode({"q": f"alert:{name}"})
