"""The pages, one file each; `add` puts its routes on the application."""

from dashboards.console.pages import fleet, hosts

ALL = (fleet.add, hosts.add)
