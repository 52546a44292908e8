"""What several boards show of alerts."""

from grafana_foundation_sdk.builders import table as builders

from dashboards.panels.colours import CRITICAL, NEUTRAL, UNKNOWN, WARNING
from dashboards.panels.link import CELL, Link, host_link, link
from dashboards.panels.metadata import Metadata
from dashboards.panels.table import Column, LabelStyle, table
from dashboards.panels.thresholds import Threshold

SEVERITY_COLOURS = {"critical": CRITICAL, "warning": WARNING, "info": NEUTRAL, "none": UNKNOWN}
KEYS = {
    "alertname": "Alert",
    "severity": "Severity",
    "alertstate": "State",
    "dc": "Datacenter",
    "host": "Host",
    "name": "Container",
}


LABEL_STYLES = {
    "Alert": LabelStyle(width_pixels=250),
    "Severity": LabelStyle(colours=SEVERITY_COLOURS),
    "State": LabelStyle(colours={"firing": CRITICAL, "pending": WARNING}),
}


def alert_table(metadata: Metadata, selector: str) -> builders.Panel:
    """Return a table of the alerts that `selector` matches, oldest first, with a way to each one's host."""
    # Both series have the alert's labels, and only ALERTS has its state besides.
    since = f"ALERTS{{{selector}}} * ignoring (alertstate) group_left () ALERTS_FOR_STATE{{{selector}}}"
    age = f"max by ({', '.join(KEYS)}) (time() - {since})"
    since_when = Column("For", age, "s", [Threshold(None, NEUTRAL), Threshold(600, WARNING), Threshold(3600, CRITICAL)])
    links = [host_link(CELL, "host"), alerts_link()]
    return table(metadata, KEYS, [since_when], links, sort="For", label_styles=LABEL_STYLES)


def alerts_link(dc: str = CELL.format("dc"), carried: tuple[str, ...] = ()) -> Link:
    """Return a link to the alerts of a datacenter, with the values of the `carried` variables."""
    return link("Alerts", "alerts", {"dc": dc} if dc else {}, carried)
