"""Removes from our own Consul what an exporter of an earlier run left there when its port was another."""

import urllib.parse
import urllib.request
from collections.abc import Iterable

from vigie.core.errors import ProblemError
from vigie.stack import proof
from vigie.stack.layout import Layout


def find_stale(ids: Iterable[str], host: str, port: int) -> list[str]:
    """Return those of the service `ids` that are this host's exporter at another port than `port`."""
    ours = f"vigie-exporter:{host}:"  # see the contract between exporter and Consul
    return [identifier for identifier in ids if identifier.startswith(ours) and identifier != f"{ours}{port}"]


def deregister_stale(layout: Layout) -> None:
    """Deregister the exporters that were killed at another port: they would stand in the new one's place.

    Discovery takes only one target by the name of this host, and of two the older.
    """
    consul = layout.url("consul")
    ids = proof.get_json(f"{consul}/v1/agent/services") or {}
    for identifier in find_stale(ids, layout.host, layout.port("exporter")):
        url = f"{consul}/v1/agent/service/deregister/{urllib.parse.quote(identifier, safe='')}"
        request = urllib.request.Request(url, method="PUT")  # noqa: S310 - the URL is our own Consul's
        try:
            proof.OPENER.open(request, timeout=proof.TIMEOUT_SECONDS).close()
        except OSError as error:
            raise ProblemError(f"{identifier} can't be deregistered from {consul}: {error}") from error
