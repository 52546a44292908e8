"""A stack from nothing where bullseye has left the mirror: Consul really is built. `make consul-build` runs it.

The mirror is one of loopback that lacks bullseye and sends who asks for anything else on to this machine's own.
"""

import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from vigie.stack import apt, gobuild, servers

pytestmark = pytest.mark.integration
TIMEOUT_SECONDS = 7200


class WithoutBullseye(http.server.BaseHTTPRequestHandler):
    own = ""

    def do_GET(self):
        if "/dists/bullseye/" in self.path:
            self.send_error(404)
            return
        self.send_response(302)
        self.send_header("Location", self.own + self.path.removeprefix("/debian"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def mirror():
    handler = type("Handler", (WithoutBullseye,), {"own": apt.own_mirror()})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/debian"
        server.shutdown()
        thread.join()


def path_without(*names):
    """Return PATH without the folders that have a program of these names."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not any((Path(folder) / name).exists() for name in names))


@pytest.mark.parametrize("go", ["this machine's Go", "PyPI's Go"])
def test_up_from_an_empty_cache_where_bullseye_has_gone(tmp_path, mirror, port_offset, go):
    if go == "this machine's Go" and shutil.which("go") is None:
        pytest.skip("no go on PATH; the other case takes PyPI's")
    without = ("consul",) if go == "this machine's Go" else ("consul", "go")
    environment = {
        **os.environ,
        "PATH": path_without(*without),
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "VIGIE_UP_MIRROR": mirror,
        "VIGIE_UP_DIR": str(tmp_path / "stack"),
        "VIGIE_UP_PORT_OFFSET": str(port_offset),
    }
    begin = time.monotonic()
    try:
        done = vigie("up", "--detach", environment=environment)
    finally:
        vigie("down", environment=environment)
    print(done.stdout, done.stderr, f"{go}: {time.monotonic() - begin:.0f} s")  # noqa: T201 - the measured time
    assert done.returncode == 0
    lines = [line for line in done.stdout.splitlines() if line.startswith("consul: ")]
    assert [line.partition(" ")[2].split()[0] for line in lines] == ["downloading", "building", "built"]
    assert "proven: prometheus sends alerts to alertmanager" in done.stdout
    cache = tmp_path / "cache" / "vigie" / "servers"
    assert servers._check_program("consul", gobuild.built_path(cache), "").version == "1.14.11"
    assert list(cache.glob("build-*")) == []
    assert list((tmp_path / "home").rglob("*.go")) == []


def vigie(*arguments, environment):
    command = [sys.executable, "-m", "vigie", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS, env=environment
    )
