"""What several boards show of alerts."""

from grafana_foundation_sdk.builders import table as builders

from dashboards.panels.link import CELL, Link, link, to_host
from dashboards.panels.panel import BAD, NEUTRAL, UNKNOWN, WARNING, About, Level
from dashboards.panels.table import Column, Looks, table

SEVERITY_COLOURS = {"critical": BAD, "warning": WARNING, "info": NEUTRAL, "none": UNKNOWN}
KEYS = {
    "alertname": "Alert",
    "severity": "Severity",
    "alertstate": "State",
    "dc": "Datacenter",
    "host": "Host",
    "name": "Container",
}


LOOKS = {
    "Alert": Looks(pixels=250),
    "Severity": Looks(colours=SEVERITY_COLOURS),
    "State": Looks(colours={"firing": BAD, "pending": WARNING}),
}


def alert_table(about: About, selector: str) -> builders.Panel:
    """Return a table of the alerts that `selector` matches, oldest first, with a way to each one's host."""
    # Both series have the alert's labels, and only ALERTS has its state besides.
    since = f"ALERTS{{{selector}}} * ignoring (alertstate) group_left () ALERTS_FOR_STATE{{{selector}}}"
    age = f"max by ({', '.join(KEYS)}) (time() - {since})"
    since_when = Column("For", age, "s", [Level(None, NEUTRAL), Level(600, WARNING), Level(3600, BAD)])
    links = [to_host(CELL, "host"), to_alerts()]
    return table(about, KEYS, [since_when], links, sort="For", looks=LOOKS)


def to_alerts(dc: str = CELL.format("dc"), carried: tuple[str, ...] = ()) -> Link:
    """Return a link to the alerts of a datacenter, with the values of the `carried` variables."""
    return link("Alerts", "alerts", {"dc": dc} if dc else {}, carried)
