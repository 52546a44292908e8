"""`setup.md`, as it is written: its frontend in a real HAProxy, who may read it, and its end."""

import re
import signal

import pytest
import requests

from tests.integrations.haproxy.conftest import PACKAGES
from vigie.core.builtin import builtin

pytestmark = pytest.mark.integration
PAGE = builtin("integrations", "haproxy", "setup.md").read_text()
(FRONTEND,) = re.findall(r"```haproxy\n(.*?)```", PAGE, re.DOTALL)
OTHER = "frontend other\n  bind 127.0.0.1:{other}\n  http-request return status 200\n"


def status(url):
    """Return what `url` answers, 0 where nobody listens."""
    try:
        return requests.get(url, timeout=10).status_code
    except requests.ConnectionError:
        return 0


@pytest.fixture
def start_frontend(start_haproxy, free_port):
    """Return `start_frontend(text, version)`: (port of that frontend, server, address of another frontend)."""

    def start_frontend(text, version):
        port = free_port()
        assert "bind :8405" in text
        server = start_haproxy(text.replace("bind :8405", f"bind :{port}"), version, OTHER.format(other="{port}"), "/")
        return f"http://127.0.0.1:{port}", server

    return start_frontend


@pytest.mark.parametrize("version", PACKAGES)
def test_it_tells_its_metrics_and_goes_again(start_frontend, version):
    url, server = start_frontend(FRONTEND, version)
    assert "haproxy_process_build_info" in requests.get(f"{url}/metrics", timeout=10).text
    assert status(f"{url}/stats") == 503
    configuration = server.folder / "haproxy.cfg"
    before, _, _ = configuration.read_text().partition("frontend metrics\n")
    configuration.write_text(before)
    server.stop(signal.SIGTERM)
    server.start()
    assert (status(url), status(server.url)) == (0, 200)


@pytest.mark.parametrize("version", PACKAGES)
def test_a_stranger_may_not_read_it(start_frontend, version):
    url, _ = start_frontend(FRONTEND.replace("127.0.0.1 10.0.0.0/8", "10.0.0.0/8"), version)
    assert status(f"{url}/metrics") == 403
