"""Seeded faults in real RabbitMQs: the rules, in a real Prometheus, name what is wrong and nothing else."""

import pytest

from tests.integrations import native

pytestmark = pytest.mark.integration
EXPECTED = {
    ("RabbitMQMemoryAlarm", "3.10", ""),
    ("RabbitMQMemoryHigh", "3.10", ""),
    ("RabbitMQDiskAlarm", "3.10", ""),
    ("RabbitMQNoConsumers", "4.3", "mails"),
    ("RabbitMQQueueGrows", "4.3", "mails"),
    ("RabbitMQUnackedHigh", "4.3", "orders"),
    ("RabbitMQUnroutable", "4.3", ""),
}


def test_faults_are_told_by_name(rabbits, start_prometheus, wait_until):
    client = rabbits["4.3"].client
    client.publish("orders", 1200)
    unacked = 'rabbitmq_queue_messages_unacked{vhost="/",queue="orders"} 12'
    wait_until(lambda: unacked in rabbits["4.3"].page("/metrics/per-object"), what="the consumer's messages")
    ports = {version: rabbit.port for version, rabbit in rabbits.items()}
    configuration = native.configure("rabbitmq", ports, paths={"4.3": "/metrics/per-object"})
    prometheus = start_prometheus(configuration, files={"rules.yml": native.impatient_rules("rabbitmq")})

    def ask_again():
        client.publish("mails", 20)
        client.publish("nowhere")
        return native.find_firing(prometheus, "queue") == EXPECTED

    wait_until(ask_again, what="the alerts")
