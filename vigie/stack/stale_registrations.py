"""Removes from our own Consul what an exporter of an earlier run left there when its port was another."""

import urllib.parse
from collections.abc import Iterable

from vigie.core.errors import ProblemError
from vigie.core.http.fetch_failure import FetchError
from vigie.stack import proof
from vigie.stack.layout import Layout


def leftovers(ids: Iterable[str], host: str, port: int) -> list[str]:
    """Return those of the service `ids` that are this host's exporter at another port than `port`."""
    ours = f"vigie-exporter:{host}:"  # see the contract between exporter and Consul
    return [one for one in ids if one.startswith(ours) and one != f"{ours}{port}"]


def forget_leftovers(one: Layout) -> None:
    """Deregister the exporters that were killed at another port: they would stand in the new one's place.

    Discovery takes only one target by the name of this host, and of two the older.
    """
    consul = one.url("consul")
    ids = proof.get(f"{consul}/v1/agent/services") or {}
    for identifier in leftovers(ids, one.host, one.port("exporter")):
        url = f"{consul}/v1/agent/service/deregister/{urllib.parse.quote(identifier, safe='')}"
        try:
            proof.request(url, "PUT")
        except FetchError as error:
            raise ProblemError(f"{identifier} can't be deregistered from {consul}: {error}") from error
