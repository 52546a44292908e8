"""The way from discovery's own HTTP client to the models of Consul, with what goes wrong on it.

`seam.py` puts it in the place of the socket, so that the client's headers, errors and time-outs are the real ones.
"""

from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

LATENCY_SECONDS = 0.002
TROUBLES = ("refused", "mute", "error", "leaderless", "cut")


class TooManyConnectionsError(ConnectionResetError):
    """The agent took the connection and closed it without an answer."""


class Exchange(NamedTuple):
    """What the agent answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class Network:
    """The datacenters' Consuls behind one agent, which takes `connections_max` connections in all."""

    def __init__(self, simulation, consuls):
        self._simulation = simulation
        self.consuls = consuls  # by datacenter; "" is the agent's own
        self.troubles = {}  # by datacenter: one of TROUBLES
        self.token = None  # what the agent accepts; None: anything
        self.gives_catalog = True  # whether the agent answers the endpoint that its own pages use
        self.connections_max = 200
        self.most_connections = 0
        self._open = set()
        self._busy = set()
        self._aborted = set()

    def close_connections(self):
        """End all connections, as an agent does that is started again."""
        self._aborted |= self._busy
        self._open.clear()

    def forget(self):
        """Forget a client that is no more."""
        for adapters in (self._open, self._busy, self._aborted):
            adapters.clear()
        self.most_connections = 0

    def exchange(self, client, target, headers, read_seconds):
        """Return the answer to a GET of `target`, a path with its query; raise OSError."""
        self._connect(client)
        self._busy.add(client)
        try:
            self._simulation.wait(lambda: client in self._aborted, LATENCY_SECONDS)
            return self._answer(client, urlsplit(target), headers, read_seconds)
        except OSError:
            self._open.discard(client)
            raise
        finally:
            self._busy.discard(client)
            self._aborted.discard(client)

    def abort(self, client):
        """End what a client waits for."""
        if client in self._busy:
            self._aborted.add(client)
        self._open.discard(client)

    def close(self, client):
        """End a client's connection."""
        self._open.discard(client)

    def _connect(self, client):
        if client not in self._open:
            if len(self._open) >= self.connections_max:
                raise TooManyConnectionsError("closed by the agent")
            self._open.add(client)
            self.most_connections = max(self.most_connections, len(self._open))

    def _answer(self, client, parts, headers, read_seconds):
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        path, dc = unquote(parts.path), query.get("dc", "")
        self._wait_for_news(client, path, dc, query, read_seconds)
        trouble = self.troubles.get(dc)
        if trouble == "refused":
            raise ConnectionRefusedError("refused")
        if trouble == "error":
            return Exchange(500, {}, b"rpc error: No path to datacenter")
        if self.token and headers.get("X-Consul-Token", "") != self.token:
            return Exchange(403, {}, b"ACL not found")
        if path.startswith("/v1/internal/") and not self.gives_catalog:
            return Exchange(403, {}, b"forbidden by the proxy")
        consul = self.consuls[dc]
        body, is_filtered = consul.answer(path)
        told = {
            "X-Consul-Index": str(consul.index_of(path)),
            "X-Consul-KnownLeader": "false" if trouble == "leaderless" else "true",
            **({"X-Consul-Results-Filtered-By-ACLs": "true"} if is_filtered and consul.tells_filtering else {}),
        }
        return Exchange(200, told, body[: len(body) // 2] if trouble == "cut" else body)

    def _wait_for_news(self, client, path, dc, query, read_seconds):
        consul, generation = self.consuls[dc], self.consuls[dc].generation
        index, seconds = int(query.get("index", 0)), float(query.get("wait", "0s").removesuffix("s"))
        began = self._simulation.now

        def has_ended():
            if client in self._aborted:
                return True
            if self.troubles.get(dc) == "mute":
                return False
            return (
                not index
                or self.troubles.get(dc) in {"refused", "error"}
                or consul.generation != generation
                or consul.index_of(path) > index
                or self._simulation.now - began >= seconds
            )

        while not has_ended():
            passed = self._simulation.now - began
            if passed >= read_seconds:
                raise TimeoutError("timed out")
            is_mute = self.troubles.get(dc) == "mute"
            self._simulation.wait(has_ended, read_seconds - passed if is_mute else max(0.001, seconds - passed))
        if client in self._aborted:
            raise ConnectionAbortedError("aborted")
