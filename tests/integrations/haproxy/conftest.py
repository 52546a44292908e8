"""Real HAProxys: the oldest and the newest that Debian's mirrors have."""

import pytest
import requests

from tests.fixtures.debian_suite import unpack

SHARED = ("libc6", "libcrypt1", "libpcre2-8-0", "libopentracing1", "libstdc++6", "libgcc-s1", "zlib1g", "libzstd1")
OLD = ("libssl3", "liblua5.3-0", "libopentracing-c-wrapper0", "libsystemd0", "libcap2", "libgcrypt20", "libgpg-error0")
NEW = ("libssl3t64", "liblua5.4-0", "libopentracing-c-wrapper0t64", "libjemalloc2")
PACKAGES = {
    "2.6": ("bookworm", "haproxy", *SHARED, *OLD, "liblz4-1", "liblzma5"),
    "3.2": ("forky", "haproxy", *SHARED, *NEW),
}
CONFIGURATION = """\
global
  maxconn 200
defaults
  mode http
  timeout connect 1s
  timeout client 20s
  timeout server 20s
  timeout queue 20s
"""
ENDPOINT = """\
frontend metrics
  bind 127.0.0.1:{port}
  http-request use-service prometheus-exporter if { path /metrics }
"""


@pytest.fixture
def start_haproxy(start_program):
    """Return `start_haproxy(sections, version, endpoint)`: a real HAProxy with these sections, and its endpoint."""

    def start_haproxy(sections="", version="3.2", endpoint=ENDPOINT, ready_path="/metrics"):
        command = [*unpack(*PACKAGES[version]).command("usr/sbin/haproxy"), "-db", "-f", "{folder}/haproxy.cfg"]
        return start_program(command, ready_path, files={"haproxy.cfg": CONFIGURATION + endpoint + sections})

    return start_haproxy


def read_page(server):
    return requests.get(f"{server.url}/metrics", timeout=10).text
