"""Samples of hosts as Prometheus answers them."""

from vigie.console.data.prometheus import Sample
from vigie.console.queries.hosts import OF


def up(name, value=1, dc="eu", **tags):
    return Sample({"__name__": "up", "job": "node", "instance": name, "host": name, "dc": dc, **tags}, value)


def use(name, column, value, dc="eu"):
    return Sample({"instance": name, "dc": dc, OF: column}, value)


def registered(name, value=1, dc="eu", health="passing", metric="vigie_discovery_target_registered"):
    return Sample({"__name__": metric, "target_dc": dc, "target_instance": name, "health": health}, value)
