"""Where the model's network takes the place of the socket in discovery's HTTP client."""

import time
from contextlib import ExitStack, contextmanager
from unittest import mock

from discovery.consul.connection_limit import ConnectionLimit
from tests.discovery.model.network import TooManyConnectionsError
from vigie.core.http.kept_alive import KeptAliveConnection, RefusedConnectionError, Response


@contextmanager
def seam(network):
    """Have discovery's connections end in a `Network`."""

    def get(connection, path, headers, read_seconds):
        for value in headers.values():  # as http.client does
            value.encode("latin-1")
        try:
            answer = network.exchange(connection, path, headers, read_seconds)
        except TooManyConnectionsError as error:
            raise RefusedConnectionError(str(error)) from error
        return Response(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.body)

    def now():
        return time.monotonic()

    with ExitStack() as stack:
        # The clock that it takes unless told was real when it was imported.
        stack.enter_context(mock.patch.object(ConnectionLimit.__init__, "__defaults__", (now,)))
        for name, method in (("get", get), ("abort", network.abort), ("close", network.close)):
            stack.enter_context(mock.patch.object(KeptAliveConnection, name, _as_method(method)))
        yield


def _as_method(function):
    """Return a function: a bound method in a class would not be given the connection."""

    def method(connection, *arguments, **named):
        return function(connection, *arguments, **named)

    return method
