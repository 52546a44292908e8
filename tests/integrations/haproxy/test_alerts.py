"""Seeded faults in a real HAProxy: the rules, in a real Prometheus, name what is wrong and nothing else."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.fixtures.metrics_page import serving
from tests.integrations import native

pytestmark = pytest.mark.integration
FAULTS = """
listen well
  bind 127.0.0.1:{well}
  server one 127.0.0.1:{shop} check inter 300ms
listen failing
  bind 127.0.0.1:{failing}
  server one 127.0.0.1:{shop}
listen half
  bind 127.0.0.1:{half}
  server one 127.0.0.1:{shop} check inter 300ms
  server two 127.0.0.1:1 check inter 300ms
  server three 127.0.0.1:1 check inter 300ms disabled
listen dead
  bind 127.0.0.1:{dead}
  server one 127.0.0.1:1 check inter 300ms
listen slow
  bind 127.0.0.1:{slow}
  server one 127.0.0.1:{shop} maxconn 1
listen full
  maxconn 4
  bind 127.0.0.1:{full}
  server one 127.0.0.1:{shop}
"""
EXPECTED = {
    ("HAProxyServerFailed", "edge", "half", "two"),
    ("HAProxyBackendWithoutServers", "edge", "dead", ""),
    ("HAProxyErrorRateHigh", "edge", "failing", ""),
    ("HAProxyQueueHigh", "edge", "slow", ""),
    ("HAProxyFrontendSessionsHigh", "edge", "full", ""),
}


@pytest.fixture
def shop():
    """Return (port, release): a server that holds what asks for /wait until it is released."""
    release = threading.Event()

    def answer(path):
        if path == "/wait":
            release.wait(60)
        return (500 if path == "/bad" else 200), b"ok"

    with serving(answer) as port:
        yield port
        release.set()


def test_faults_are_told_by_name(start_haproxy, shop, free_port, start_prometheus, wait_until):
    names = ("well", "failing", "half", "dead", "slow", "full")
    ports = {name: free_port() for name in names}
    edge = start_haproxy(FAULTS.format(shop=shop, **ports))
    inner = start_haproxy(version="2.6")
    prometheus = start_prometheus(
        native.configure("haproxy", {"edge": edge.port, "inner": inner.port}),
        files={"rules.yml": native.impatient_rules("haproxy")},
    )

    def get(name, path="/"):
        return requests.get(f"http://127.0.0.1:{ports[name]}{path}", timeout=60)

    with ThreadPoolExecutor(12) as pool:
        for name, count in (("slow", 6), ("full", 4)):
            _ = [pool.submit(get, name, "/wait") for _ in range(count)]

        def ask_again():
            assert get("well").status_code == 200
            get("failing", "/bad")
            return native.find_firing(prometheus, "proxy", "server") == EXPECTED

        wait_until(ask_again, what=f"the alerts, not {native.find_firing(prometheus, 'proxy', 'server')}")
        inner.stop()
        down = {("HAProxyDown", "inner", "", "")}
        wait_until(
            lambda: native.find_firing(prometheus, "proxy", "server") == EXPECTED | down, what="the end of one HAProxy"
        )
        for server in (edge,):
            server.stop()
