"""`setup.md`, as it is written: its commands to a real RabbitMQ; all tests here have its lines."""

import re
import shlex

import pytest
import requests

from tests.integrations.rabbitmq.conftest import free_ports
from tests.integrations.rabbitmq.server import ENDPOINT, PACKAGES, SETUP, RealRabbit

pytestmark = pytest.mark.integration
COMMANDS = [shlex.split(text) for text in re.findall(r"```sh\n(.*?)```", SETUP, re.DOTALL)]


@pytest.mark.parametrize("version", PACKAGES)
def test_the_plugin_is_switched_on_and_off(tmp_path, version):
    rabbit = RealRabbit(tmp_path, version, free_ports(), plugins="[].\n")
    states = []
    for words in COMMANDS:
        rabbit.run_script(words[0], *words[1:], "--offline")  # else it is told to a node that runs
        states.append(rabbit.plugins.read_text().strip())
    assert states == ["[rabbitmq_prometheus].", "[]."]


def test_the_endpoint_changes_nothing_and_listens_where_it_is_told(rabbits):
    assert "prometheus.tcp.ip = 10.0.0.5" in ENDPOINT
    for rabbit in rabbits.values():
        url = f"http://127.0.0.1:{rabbit.port}"
        assert [requests.delete(url + path, timeout=10).status_code for path in ("/metrics", "/api")] == [405, 404]
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.2:{rabbit.port}/metrics", timeout=10)
