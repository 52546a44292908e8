"""A consistency probe recognises a Consul that began anew, and one that hides things."""

import json
import queue

import pytest

from discovery.consul.connection import Answer
from discovery.consul.consistency_probe import ConsistencyProbe, find_freeze_reason, probe
from discovery.consul.updates import Fingerprint, ReadFailure, StrictRead

BEFORE = Fingerprint(50, frozenset({"a", "b"}))


@pytest.mark.parametrize(
    ("now", "has_canary", "reason"),
    [
        (Fingerprint(50, frozenset({"a", "b"})), True, None),
        (Fingerprint(51, frozenset({"b", "c"})), True, None),
        (Fingerprint(49, frozenset({"a", "b"})), True, "index"),
        (Fingerprint(99, frozenset({"c", "d"})), True, "index"),
        (Fingerprint(50, frozenset({"a", "b"})), False, "canary"),
    ],
)
def test_answers_that_can_not_be_right_freeze(now, has_canary, reason):
    assert find_freeze_reason(BEFORE, now, has_canary=has_canary) == reason


def test_the_first_probe_has_nothing_to_compare_with():
    assert find_freeze_reason(Fingerprint(), Fingerprint(5, frozenset({"a"})), has_canary=True) is None


class Consul:
    """Stands for the connection: plain reads are fine, a strict one is answered without a leader."""

    def services(self):
        return Answer(5, True, b"{}")

    def instances(self, _service):
        node = {"Node": "server", "ID": "a", "Datacenter": "dc1"}
        return Answer(5, True, json.dumps([{"Node": node, "Service": {"ID": "c", "Service": "consul"}}]).encode())

    def strict_instances(self, service):
        return Answer(5, service == "led", b"[]")

    def close(self):
        """Nothing is open."""


def test_no_proof_comes_from_a_consul_without_a_leader():
    updates = queue.SimpleQueue()
    probe = ConsistencyProbe(Consul(), updates.put, 300, Fingerprint())
    probe.request(with_nodes=False, strict_services=frozenset({"led", "not-led"}))
    probe.start()
    received = [updates.get(timeout=20) for _ in range(4)]
    assert {update.service for update in received if isinstance(update, StrictRead)} == {"led"}
    assert [update.reason for update in received if isinstance(update, ReadFailure)] == ["no_leader"]


class Filtering(Consul):
    """Stands for a connection whose token loses the right to read a part, as Consul 1.11 and newer say."""

    def __init__(self, *is_filtered):
        self.is_filtered = list(is_filtered)

    def services(self):
        return Answer(5, True, b"{}", self.is_filtered.pop(0))


@pytest.mark.parametrize(
    ("is_filtered", "reasons"),
    [
        ([False, True, True, False, True], [None, "filtered", "filtered", None, "filtered"]),
        ([True, True], [None, None]),
        ([True, False, True], [None, None, "filtered"]),
    ],
)
def test_what_filters_more_than_before_freezes_as_long_as_it_does(is_filtered, reasons):
    connection, fingerprint, reasons_seen = Filtering(*is_filtered), Fingerprint(), []
    for _ in is_filtered:
        result = probe(connection, fingerprint, with_nodes=False)
        fingerprint = result.fingerprint
        reasons_seen.append(result.freeze_reason)
    assert reasons_seen == reasons
