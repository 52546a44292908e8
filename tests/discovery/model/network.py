"""The way from discovery's own HTTP client to the models of Consul, with what goes wrong on it.

It stands in for the socket: `AbortableAdapter.send` ends here, so that the session, its headers, time-outs and errors
are the real ones.
"""

import time
from contextlib import ExitStack, contextmanager
from unittest import mock
from urllib.parse import parse_qs, unquote, urlsplit

import requests

from discovery.consul.abortable_adapter import AbortableAdapter

LATENCY_SECONDS = 0.002
TROUBLES = ("refused", "mute", "error", "leaderless", "cut")


class Network:
    """The datacenters' Consuls behind one agent, which takes `connections_max` connections in all."""

    def __init__(self, simulation, consuls):
        self._simulation = simulation
        self.consuls = consuls  # by datacenter; "" is the agent's own
        self.troubles = {}  # by datacenter: one of TROUBLES
        self.token = None  # what the agent accepts; None: anything
        self.connections_max = 200
        self.most_connections = 0
        self._open = set()
        self._busy = set()
        self._aborted = set()

    @contextmanager
    def entered(self):
        """Have discovery's adapters end here."""
        with ExitStack() as stack:
            for name, method in (("send", self._send), ("abort", self._abort), ("close", self._close)):
                stack.enter_context(mock.patch.object(AbortableAdapter, name, _bound(method)))
            yield self

    def close_connections(self):
        """End all connections, as an agent does that is started again."""
        self._aborted |= self._busy
        self._open.clear()

    def forget(self):
        """Forget a client that is no more."""
        for adapters in (self._open, self._busy, self._aborted):
            adapters.clear()
        self.most_connections = 0

    def _send(self, adapter, request, timeout=None, **_):
        for value in request.headers.values():  # as http.client does
            if isinstance(value, str):
                value.encode("latin-1")
        self._connect(adapter)
        self._busy.add(adapter)
        try:
            time.sleep(LATENCY_SECONDS)
            return self._answer(adapter, request, timeout)
        except requests.RequestException:
            self._open.discard(adapter)
            raise
        finally:
            self._busy.discard(adapter)
            self._aborted.discard(adapter)

    def _connect(self, adapter):
        if adapter not in self._open:
            if len(self._open) >= self.connections_max:
                raise requests.ConnectionError("('Connection aborted.', RemoteDisconnected('closed by the agent'))")
            self._open.add(adapter)
            self.most_connections = max(self.most_connections, len(self._open))

    def _abort(self, adapter):
        if adapter in self._busy:
            self._aborted.add(adapter)
        self._open.discard(adapter)

    def _close(self, adapter):
        self._open.discard(adapter)

    def _answer(self, adapter, request, timeout):
        parts = urlsplit(request.url)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        path, dc = unquote(parts.path), query.get("dc", "")
        self._wait_for_news(adapter, path, dc, query, timeout)
        trouble = self.troubles.get(dc)
        if trouble == "refused":
            raise requests.ConnectionError("refused")
        if trouble == "error":
            return _response(request, 500, b"rpc error: No path to datacenter")
        if self.token and request.headers.get("X-Consul-Token", "") != self.token:
            return _response(request, 403, b"ACL not found")
        consul = self.consuls[dc]
        body, is_filtered = consul.answer(path)
        headers = {
            "X-Consul-Index": str(consul.index_of(path)),
            "X-Consul-KnownLeader": "false" if trouble == "leaderless" else "true",
            **({"X-Consul-Results-Filtered-By-ACLs": "true"} if is_filtered and consul.tells_filtering else {}),
        }
        return _response(request, 200, body[: len(body) // 2] if trouble == "cut" else body, headers)

    def _wait_for_news(self, adapter, path, dc, query, timeout):
        consul, generation = self.consuls[dc], self.consuls[dc].generation
        index, seconds = int(query.get("index", 0)), float(query.get("wait", "0s").removesuffix("s"))
        read_seconds = timeout[1] if isinstance(timeout, tuple) else timeout
        began = self._simulation.now

        def has_ended():
            if adapter in self._aborted:
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
            rest = read_seconds - (self._simulation.now - began)
            if rest <= 0:
                raise requests.ReadTimeout("Read timed out.")
            is_mute = self.troubles.get(dc) == "mute"
            self._simulation.wait(has_ended, rest if is_mute else min(rest, max(0.001, seconds - self._simulation.now + began)))
        if adapter in self._aborted:
            raise requests.ConnectionError("aborted")


def _bound(method):
    return lambda adapter, *arguments, **named: method(adapter, *arguments, **named)


def _response(request, status, body, headers=None):
    response = requests.Response()
    response.status_code, response._content = status, body
    response.headers.update(headers or {})
    response.request, response.url = request, request.url
    return response
