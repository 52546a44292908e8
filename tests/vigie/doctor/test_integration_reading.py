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
            read = wait_until(lambda: (answer := reading.read(server, host)).states and answer, what="a first scrape")
            assert read.states == {("eu", "web-1/cache:6379", "redis"): "denied"}
            ((key, (scrape,)),) = read.integrations.items()
            assert (key, scrape.health) == (("eu", "web-1"), "up")
            assert reading.read(server, "web-2").states == {}
