"""Whatever a catalog holds, the bridge asks Consul nothing but the endpoints that it needs."""

import re
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest
import requests

pytestmark = pytest.mark.integration

ALLOWED = re.compile(
    r"/v1/(catalog/(services|nodes|node/[^/?]+)|internal/ui/nodes|health/state/any|health/service/[^/?]+)"
    r"(\?[a-z0-9=&.]*)?"
)
HOSTILE = [
    "../../../../etc/passwd",
    "..",
    "a/../../kv/secret",
    "..%2F..%2Fkv%2Fsecret",
    "x?index=9",
    "q#f",
    "%2e%2e",
    "a;b",
]


@pytest.fixture
def recorder(consul):
    """A proxy before Consul that notes each path as it is on the wire."""
    paths = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            paths.append(self.path)
            try:
                answer = requests.get(consul.url + self.path, timeout=700, allow_redirects=False)
                body, status = answer.content, answer.status_code
            except requests.RequestException:
                body, status = b"", 502
            self.send_response(status)
            for name in ("X-Consul-Index", "X-Consul-KnownLeader"):
                if status == 200 and name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(body)))
            with suppress(OSError):  # the bridge may have gone
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_):
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.paths, server.url = paths, f"http://127.0.0.1:{server.server_address[1]}"
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_no_request_leaves_the_endpoints(recorder, catalog, start_bridge, wait_until):
    bridge = start_bridge(recorder.url, "--watch-timeout=2s")
    for number, name in enumerate(HOSTILE):
        catalog.row(name, number)
    catalog.row("web", 50)
    wait_until(lambda: bridge.ids("web") == ["web-50"])
    wait_until(lambda: bridge.metric('vigie_discovery_refused_total{reason="name"}') == 3)
    wait_until(lambda: {"x?index=9", "q#f", "a;b"} <= {_service(path) for path in recorder.paths})
    assert [path for path in recorder.paths if not ALLOWED.fullmatch(path)] == []
    assert not [path for path in recorder.paths if ".." in unquote(path).split("/")]


def _service(path):
    return unquote(path.partition("?")[0].removeprefix("/v1/health/service/"))
