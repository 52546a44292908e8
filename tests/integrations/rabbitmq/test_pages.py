"""The catalogue and the board beside real RabbitMQs, the oldest and the newest."""

import pytest

from tests.integrations import native

pytestmark = pytest.mark.integration
PATHS = ("/metrics", "/metrics/per-object")


def test_the_catalogue_is_what_real_servers_tell(rabbits, wait_until):
    queues = 'rabbitmq_queue_messages_ready{vhost="/",queue="mails"}'
    for rabbit in rabbits.values():
        wait_until(lambda rabbit=rabbit: queues in rabbit.page(PATHS[1]), what="the queues")
    wait_until(lambda: "rabbitmq_queue_get_total{" in rabbits["4.3"].page(PATHS[1]), what="what was delivered")
    pages = [rabbit.page(path) for rabbit in rabbits.values() for path in PATHS]
    native.assert_catalogue_is_what_pages_tell("rabbitmq", pages)


def test_every_query_of_the_board_has_data(rabbits, start_prometheus, wait_until):
    queries = native.list_queries(native.load_board("rabbitmq"))
    assert len(queries) > 50
    ports = {version: rabbit.port for version, rabbit in rabbits.items()}
    configuration = native.configure("rabbitmq", ports, paths={"4.3": PATHS[1]})
    prometheus = start_prometheus(configuration, files={"rules.yml": "groups: []"})

    def ask_again():
        for place in [place for place, query in queries.items() if native.has_data(prometheus, query)]:
            del queries[place]
        return not queries

    wait_until(ask_again, what=f"data of {queries}")
