"""Orders come out by urgency, each once, and a round is over when all of it was read."""

from discovery.consul.read_orders import ASKED, FIRST, ROUND, ReadOrders


def take_all(orders, count):
    taken = [orders.take() for _ in range(count)]
    return [order.name for order in taken if order]


def test_the_most_urgent_comes_first_and_each_once():
    orders = ReadOrders()
    for name, priority in (("late", ROUND), ("asked", ASKED), ("late", ROUND), ("new", FIRST), ("asked", ASKED)):
        orders.put("service", name, priority)
    assert take_all(orders, 3) == ["new", "asked", "late"]


def test_what_becomes_more_urgent_is_read_once():
    orders = ReadOrders()
    orders.put("service", "a", ROUND)
    orders.put("service", "a", FIRST)
    assert take_all(orders, 2) == ["a"]


def test_what_has_been_taken_may_be_ordered_again():
    orders = ReadOrders()
    for _ in range(2):
        orders.put("service", "a", ASKED)
        assert take_all(orders, 1) == ["a"]


def test_a_service_and_a_node_of_one_name_are_two_orders():
    orders = ReadOrders()
    orders.put("service", "a", ROUND)
    orders.put("node", "a", ROUND)
    assert {orders.take().kind, orders.take().kind} == {"service", "node"}


def test_a_round_lasts_until_what_was_taken_is_done():
    orders = ReadOrders()
    orders.put("service", "asked", ASKED)
    assert not orders.has_round
    orders.done(orders.take())
    orders.put("nodes", "", ROUND)
    order = orders.take()
    assert orders.has_round
    orders.put("node", "n1", ROUND)
    orders.done(order)
    assert orders.has_round
    orders.done(orders.take())
    assert not orders.has_round
