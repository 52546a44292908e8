"""The pages, one file each; `add` puts its routes on the application."""

from dashboards.console.pages import data, fleet, host, hosts

ALL = (fleet.add, hosts.add, host.add, data.add)
