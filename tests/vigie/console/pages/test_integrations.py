"""The page of integrations, and their rows on the pages of a host and of a container, of a real Prometheus."""

import pytest

from tests.fixtures.metrics_page import serving

pytestmark = pytest.mark.integration

CACHE = 'job="app-cache",dc="eu",instance="web-1/cache:6379",host="web-1",integration="redis"'
PAGE = f"""\
up{{job="node",dc="eu",instance="web-1",host="web-1"}} 1
up{{{CACHE}}} 1
vigie_integration_state{{{CACHE},state="denied"}} 1
vigie_integration_state{{{CACHE},state="ok"}} 0
redis_instance_info{{{CACHE},redis_version="7.2.4"}} 1
container_last_seen{{job="node",dc="eu",instance="web-1",host="web-1",name="cache",image="redis:7"}} 1
container_last_seen{{job="node",dc="eu",instance="web-1",host="web-1",name="queue",image="valkey/valkey:8"}} 1
container_last_seen{{job="node",dc="eu",instance="web-1",host="web-1",name="hushed",image="redis:7"}} 1
vigie_integration_declined{{job="node",dc="eu",instance="web-1",host="web-1",name="hushed"}} 1
node_systemd_unit_state{{job="node",dc="eu",instance="db-1",host="db-1",name="redis-server.service",state="active"}} 1
node_systemd_unit_state{{job="node",dc="eu",instance="db-1",host="db-1",name="ssh.service",state="active"}} 1
""".encode()
CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - {{job_name: fleet, honor_labels: true, static_configs: [{{targets: ["127.0.0.1:{page}"]}}]}}
"""


@pytest.fixture(scope="module")
def prometheus(start):
    with serving(lambda _path: (200, PAGE)) as page:
        yield start("prometheus", CONFIG.format(page=page))


@pytest.fixture
def shown(prometheus, serve, get, wait_until):
    """Return `shown(path)`: the page, once Prometheus has what it needs."""
    scraped = prometheus.url + "/api/v1/query?query=redis_instance_info"
    wait_until(lambda: get(scraped).json()["data"]["result"], what="a first scrape")
    console = serve(prometheus.url, grafana="http://grafana:3000")
    return lambda path: get(console.url + path).text


def test_the_page_of_integrations(shown):
    text = shown("/integrations")
    watched, rest = text.split("Looks known, not watched", 1)
    proposals, known = rest.split("<h2>Known")
    assert 'class="status denied"' in watched
    assert "it refuses the login" in watched
    assert "http://grafana:3000/d/vigie-integration-redis?var-dc=eu&amp;var-instance=web-1%2Fcache%3A6379" in watched
    assert "/runbooks/setup-redis" in watched
    assert [name in proposals for name in ("queue", "redis-server.service", "hushed", ">cache<", "ssh")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert "Redis and Valkey" in known
    assert "0 of 1 servers" in shown("/integrations?q=-state:denied")


def test_the_rows_on_the_pages_of_a_host_and_a_container(shown):
    for path in ("/host?dc=eu&name=web-1", "/container?dc=eu&host=web-1&name=cache"):
        assert "<h2>Integrations</h2>" in shown(path)
    assert "<h2>Integrations</h2>" not in shown("/container?dc=eu&host=web-1&name=queue")
