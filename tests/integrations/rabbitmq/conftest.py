"""Two RabbitMQs for all tests of this folder: the older one lacks memory and disk, the newer one has queues."""

import pytest

from tests.conftest import PORTS, is_free
from tests.fixtures.running import wait_for
from tests.integrations.rabbitmq.amqp import Client
from tests.integrations.rabbitmq.server import RealRabbit

STARVED = "vm_memory_high_watermark.absolute = 10MB\ndisk_free_limit.absolute = 10000GB\n"
FAST = "collect_statistics_interval = 1000\n"


def free_ports():
    return [next(filter(is_free, PORTS)) for _ in range(4)]


@pytest.fixture(scope="session")
def rabbits(tmp_path_factory):
    """Return the servers by version, with what they have to tell."""
    rabbits = {
        version: RealRabbit(tmp_path_factory.mktemp("rabbit"), version, free_ports(), settings).start()
        for version, settings in (("3.10", STARVED + FAST), ("4.3", FAST))
    }
    try:
        for rabbit in rabbits.values():
            wait_for(rabbit.is_up, 180, lambda rabbit=rabbit: f"RabbitMQ is not up:\n{rabbit.log_text()[-3000:]}")
        for rabbit in rabbits.values():
            rabbit.client = Client(rabbit.amqp)
            for queue in ("orders", "mails"):
                rabbit.client.declare(queue)
        rabbits["4.3"].client.consume("orders")
        for queue in ("mails", "orders", "nowhere"):
            rabbits["4.3"].client.publish(queue, 3)
        yield rabbits
    finally:
        for rabbit in rabbits.values():
            rabbit.stop()
