"""A node of a real cluster dies: the one that is left tells it, until the dead one is forgotten as its runbook says."""

import pytest

from tests.integrations import native
from tests.integrations.rabbitmq.conftest import free_ports
from tests.integrations.rabbitmq.server import RealRabbit

pytestmark = pytest.mark.integration
ALERT = ("RabbitMQPeerUnreachable", "4.3")


@pytest.fixture
def second(rabbits, tmp_path, wait_until):
    """Return a second node, in one cluster with the first."""
    first = rabbits["4.3"]
    amqp, port, _, distribution = free_ports()
    second = RealRabbit(tmp_path, "4.3", (amqp, port, first.epmd, distribution)).start()
    try:
        wait_until(second.is_up, 180, what="the second node")
        for words in (("stop_app",), ("join_cluster", first.name), ("start_app",)):
            second.run_script("rabbitmqctl", "-n", second.name, *words)
        yield second
    finally:
        second.stop()


def test_a_node_that_dies_is_missed_until_it_is_forgotten(rabbits, second, start_prometheus, wait_until):
    first = rabbits["4.3"]
    files = {"rules.yml": native.impatient_rules("rabbitmq")}
    prometheus = start_prometheus(native.configure("rabbitmq", {"4.3": first.port}), files=files)
    peers = "rabbitmq_unreachable_cluster_peers_count"
    wait_until(lambda: [value for _, value in native.query(prometheus, peers)] == [0], what="the first sample")
    assert ALERT not in native.find_firing(prometheus)
    second.stop()
    wait_until(lambda: ALERT in native.find_firing(prometheus), what="the alert")
    first.run_script("rabbitmqctl", "-n", first.name, "forget_cluster_node", second.name)
    wait_until(lambda: ALERT not in native.find_firing(prometheus), what="its end")
