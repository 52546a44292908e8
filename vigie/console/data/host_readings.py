"""Asks what the rows of hosts are made of, all questions at once."""

from collections.abc import Mapping
from typing import Any

from vigie.console.data.cache import Pending, Reading
from vigie.console.data.hosts import Host, to_hosts
from vigie.console.data.sources import Sources
from vigie.console.queries.hosts import QUERIES


def start_host_queries(sources: Sources) -> dict[str, Pending[Any]]:
    """Ask all questions about hosts; the answers may still be on their way."""
    return {name: sources.query(query) for name, query in QUERIES.items()}


def read_hosts(readings: Mapping[str, Reading[Any]]) -> list[Host]:
    """Return the hosts of the answers to `start_host_queries`."""
    return to_hosts({name: readings[name].value for name in QUERIES})
