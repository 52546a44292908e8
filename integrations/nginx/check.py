"""The check of nginx: its status page `stub_status`, under the names of nginx-prometheus-exporter 1.5.

https://nginx.org/en/docs/http/ngx_http_stub_status_module.html
https://github.com/nginx/nginx-prometheus-exporter
"""

import re
from typing import ClassVar

from exporter.base.check import Login, Server
from exporter.base.status_page import StatusPage
from exporter.exposition.text import Block, Family, Kind

PAGE = re.compile(
    rb"Active connections: (\d{1,20}) \n"
    rb"server accepts handled requests\n"
    rb" (\d{1,20}) (\d{1,20}) (\d{1,20}) \n"
    rb"Reading: (\d{1,20}) Writing: (\d{1,20}) Waiting: (\d{1,20}) \n"
)


def _family(name: str, kind: Kind, text: str) -> Family:
    return Family(f"nginx_{name}", kind, text, (), "%b")


UP = _family("up", "gauge", "Whether the status page was read.")
# In the order of the page.
FAMILIES = (
    _family("connections_active", "gauge", "Connections of clients that are open."),
    _family("connections_accepted", "counter", "Connections that were accepted."),
    _family("connections_handled", "counter", "Connections that were not dropped for want of resources."),
    _family("http_requests_total", "counter", "Requests of clients."),
    _family("connections_reading", "gauge", "Connections whose request is being read."),
    _family("connections_writing", "gauge", "Connections whose request is being answered."),
    _family("connections_waiting", "gauge", "Connections that wait for the next request."),
)


class Check:
    """Asks one server."""

    denied_retry_seconds: ClassVar[float] = 30.0

    def __init__(self) -> None:
        self._status, self._block = StatusPage(), Block(UP, *FAMILIES)

    def page_when_down(self) -> bytes:
        """Return `nginx_up 0`."""
        return Block(UP).render([()], [b"0"])

    def read(self, server: Server, login: Login, timeout_seconds: float) -> bytes:
        """Return the page; raises as `exporter.base.check.Check` says."""
        text = self._status.read(server, login, timeout_seconds)
        match = PAGE.fullmatch(text)
        if match is None:
            raise ValueError(f"GET {server.path}: expected the page of stub_status, got {text[:80]!r}")
        return self._block.render([()], (b"1", *match.groups()))
