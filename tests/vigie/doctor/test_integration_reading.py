"""What is read of integrations, of a real Prometheus."""

import pytest

from tests.fixtures.metrics_page import serving
from vigie.core.http.client import HttpClient, patient_for
from vigie.core.settings import PrometheusAccess
from vigie.doctor.reading import prometheus as reading

pytestmark = pytest.mark.integration

PAGE = b'vigie_integration_state{state="denied"} 1\nvigie_integration_state{state="ok"} 0\n'
CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: app-cache
    static_configs:
      - targets: ["127.0.0.1:{port}"]
        labels: {{instance: "web-1/cache:6379", host: web-1, dc: eu, integration: redis}}
"""


@pytest.mark.parametrize("host", ["web-1", None])
def test_targets_and_states_of_checks(start_prometheus, wait_until, host):
    with serving(lambda _path: (200, PAGE)) as port:
        prometheus = start_prometheus(CONFIG.format(port=port))
        with HttpClient(PrometheusAccess(), patient_for(5), [prometheus.url]) as server:

            def read_when_scraped():
                answer = reading.read(server, host)
                healths = {scrape.health for scrapes in answer.integrations.values() for scrape in scrapes}
                return answer if answer.states and healths == {"up"} else None

            answer = wait_until(read_when_scraped, what="a first scrape")
            assert answer.states == {("eu", "web-1/cache:6379", "redis"): "denied"}
            assert list(answer.integrations) == [("eu", "web-1")]
            assert reading.read(server, "web-2").states == {}
