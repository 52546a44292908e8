"""The pages, one file each; `add` puts its routes on the application."""

from vigie.console.pages import alerts, containers, data, discovery, explore, fleet, host, hosts, runbooks

ALL = (
    fleet.add,
    hosts.add,
    host.add,
    containers.add,
    discovery.add,
    alerts.add,
    explore.add,
    runbooks.add,
    data.add,
)
