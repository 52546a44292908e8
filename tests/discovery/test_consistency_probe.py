"""A look recognises a Consul that began anew, and one that hides things."""

import json
import queue

import pytest

from discovery.consul.blocking_query import Failure
from discovery.consul.connection import Answer
from discovery.consul.consistency_probe import Known, Lookout, Proved, _doubt

BEFORE = Known(50, frozenset({"a", "b"}))


@pytest.mark.parametrize(
    ("found", "is_blind", "doubt"),
    [
        (Known(50, frozenset({"a", "b"})), False, None),
        (Known(51, frozenset({"b", "c"})), False, None),
        (Known(49, frozenset({"a", "b"})), False, "index"),
        (Known(99, frozenset({"c", "d"})), False, "index"),
        (Known(50, frozenset({"a", "b"})), True, "canary"),
    ],
)
def test_what_speaks_against_consul(found, is_blind, doubt):
    assert _doubt(BEFORE, found, is_blind=is_blind) == doubt


def test_the_first_look_has_nothing_to_compare_with():
    assert _doubt(Known(), Known(5, frozenset({"a"})), is_blind=False) is None


class Consul:
    """Stands for the connection: plain reads are fine, the proving one is answered without a leader."""

    def services(self):
        return Answer(5, True, b"{}")

    def instances(self, _service):
        node = {"Node": "server", "ID": "a", "Datacenter": "dc1"}
        return Answer(5, True, json.dumps([{"Node": node, "Service": {"ID": "c", "Service": "consul"}}]).encode())

    def proven_instances(self, service):
        return Answer(5, service == "led", b"[]")


def test_no_proof_comes_from_a_consul_without_a_leader():
    heard = queue.SimpleQueue()
    lookout = Lookout(Consul(), heard.put, 300, Known())
    lookout.ask(with_nodes=False, proofs=frozenset({"led", "not-led"}))
    lookout.start()
    found = [heard.get(timeout=20) for _ in range(4)]
    assert {one.service for one in found if isinstance(one, Proved)} == {"led"}
    assert [one.reason for one in found if isinstance(one, Failure)] == ["no_leader"]
