"""The whole catalog names exactly the services whose instances, or nodes, changed."""

import json

import msgspec
import pytest

from discovery.consul.catalog_overview import digest_catalog
from discovery.consul.health_overview import find_changed


def service(identifier, name, modified=1):
    return {"ID": identifier, "Service": name, "CreateIndex": 1, "ModifyIndex": modified}


def node(name, *services, **fields):
    return {"Node": name, "Address": "10.0.0.1", "Meta": {"lifecycle": "spot"}, **fields, "Services": services}


def digest(*nodes):
    return digest_catalog(json.dumps(nodes).encode())


A1, A2, B1 = service("a-1", "a", 5), service("a-2", "a", 6), service("b-1", "b", 7)
BEFORE = digest(node("n1", A1, B1), node("n2", A2))


def changed(*nodes):
    return find_changed(BEFORE, digest(*nodes))


def test_nothing_changed_in_another_order():
    assert changed(node("n2", A2), node("n1", B1, A1)) == set()


@pytest.mark.parametrize(
    ("services", "names"),
    [
        ([service("a-1", "a", 9), B1], {"a"}),
        ([B1], {"a"}),
        ([A1], {"b"}),
        ([A1, B1, service("c-1", "c", 8)], {"c"}),
        ([service("a-1", "b", 5), B1], {"a", "b"}),
        ([], {"a", "b"}),
    ],
    ids=["modified", "one instance less", "gone", "new", "renamed", "none left"],
)
def test_what_changed_is_named(services, names):
    assert changed(node("n1", *services), node("n2", A2)) == names


@pytest.mark.parametrize(
    "fields",
    [
        {"Address": "10.0.0.2"},
        {"Meta": None},
        {"ID": "7f3e"},
        {"TaggedAddresses": {"wan": "192.0.2.1"}},
        {"PeerName": "eu"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_node_that_changed_changes_all_that_it_has(fields):
    assert changed(node("n1", A1, B1, **fields), node("n2", A2)) == {"a", "b"}


def test_the_same_node_of_a_peer_is_another():
    ours = digest(node("n1", A1))
    assert find_changed(ours, digest(node("n1", A1), node("n1", A1, PeerName="eu"))) == {"a"}


def test_a_node_without_services_says_nothing():
    assert digest({"Node": "n3", "Services": None}) == {}
    assert digest_catalog(b"null") == {}


def test_what_is_no_answer_of_consul_is_refused():
    with pytest.raises(msgspec.DecodeError):
        digest_catalog(b'[{"Services": 7}]')
