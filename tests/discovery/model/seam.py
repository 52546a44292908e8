"""Where the model's network takes the place of the socket in discovery's HTTP client."""

from contextlib import ExitStack, contextmanager
from unittest import mock

import requests

from discovery.consul.abortable_adapter import AbortableAdapter


@contextmanager
def seam(network):
    """Have discovery's connections end in a `Network`."""

    def send(adapter, request, timeout=None, **_):
        for value in request.headers.values():  # as http.client does
            if isinstance(value, str):
                value.encode("latin-1")
        try:
            answer = network.exchange(adapter, request.path_url, request.headers, timeout[1])
        except TimeoutError as error:
            raise requests.ReadTimeout(str(error)) from error
        except OSError as error:
            raise requests.ConnectionError(str(error)) from error
        response = requests.Response()
        response.status_code, response._content = answer.status, answer.body
        response.headers.update(answer.headers)
        response.request, response.url = request, request.url
        return response

    with ExitStack() as stack:
        for name, method in (("send", send), ("abort", network.abort), ("close", network.close)):
            stack.enter_context(mock.patch.object(AbortableAdapter, name, _as_method(method)))
        yield


def _as_method(function):
    return lambda adapter, *arguments, **named: function(adapter, *arguments, **named)
