"""What is hidden from what was deregistered or renamed; the answers are those of Consul 1.8.7."""

import json

import pytest

from discovery.consul.absences import Absence, find_hidden
from discovery.consul.connection import Answer, ConsulError

ABSENCE = Absence("db", 26, frozenset([("n1", "db-1")]))


class StandIn:
    """Gives one answer for the service, and one for its node: {ID: name}, None, or an error."""

    def __init__(self, index, there=(), on_node=None, error=None):
        rows = [{"Node": {"Node": "n1"}, "Service": {"ID": name, "Service": "db"}} for name in there]
        self._answer = Answer(index, has_leader=True, body=json.dumps(rows).encode())
        self._node, self._error = on_node, error

    def instances(self, _service):
        return self._answer

    def node_services(self, _node):
        if self._error:
            raise self._error
        services = self._node and {name: {"ID": name, "Service": of} for name, of in self._node.items()}
        body = json.dumps(services if services is None else {"Node": {}, "Services": services}).encode()
        return Answer(26, has_leader=True, body=body)


@pytest.mark.parametrize(
    ("consul", "is_hidden"),
    [
        (StandIn(26, on_node={"web-1": "web"}), True),
        (StandIn(26, on_node=None), True),
        (StandIn(26, on_node={"db-1": "db"}), True),
        (StandIn(26, on_node={"db-1": "database"}), False),
        (StandIn(27, on_node={"web-1": "web"}), False),
        (StandIn(0, on_node=None), False),
        (StandIn(26, there=["db-1"], on_node={"db-1": "db"}), False),
        (StandIn(26, there=["db-2"], on_node={"web-1": "web"}), True),
        (StandIn(26, error=ConsulError("status_403", "denied")), False),
    ],
    ids=[
        "service hidden", "node hidden", "only the node lists it", "renamed", "deregistered", "no index",
        "there again", "one of two", "node can't be read",
    ],
)  # fmt: skip
def test_what_is_hidden(consul, is_hidden):
    assert find_hidden(consul, [ABSENCE]) == ({"db"} if is_hidden else set())


def test_a_consul_that_is_away_says_nothing():
    with pytest.raises(ConsulError):
        find_hidden(StandIn(26, error=ConsulError("unreachable", "gone")), [ABSENCE])
