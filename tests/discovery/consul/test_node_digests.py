"""A node's list of services names exactly those that changed."""

import json

import msgspec
import pytest

from discovery.consul.node_digests import NodeDigests, node_names


def body(*services, node="n1", node_index=1):
    entries = {
        identifier: {"ID": identifier, "Service": name, "CreateIndex": 1, "ModifyIndex": modified}
        for identifier, name, modified in services
    }
    return json.dumps({"Node": {"Node": node, "ModifyIndex": node_index}, "Services": entries}).encode()


@pytest.fixture
def digests():
    digests = NodeDigests()
    digests.take("n1", body(("a-1", "a", 5), ("a-2", "a", 6), ("b-1", "b", 7)))
    return digests


def test_all_are_new_at_first():
    assert NodeDigests().take("n1", body(("a-1", "a", 5), ("b-1", "b", 7))) == {"a", "b"}


def test_nothing_changed_in_another_order(digests):
    assert digests.take("n1", body(("b-1", "b", 7), ("a-2", "a", 6), ("a-1", "a", 5))) == set()


@pytest.mark.parametrize(
    ("services", "changed"),
    [
        ([("a-1", "a", 9), ("a-2", "a", 6), ("b-1", "b", 7)], {"a"}),
        ([("a-1", "a", 5), ("b-1", "b", 7)], {"a"}),
        ([("a-1", "a", 5), ("a-2", "a", 6)], {"b"}),
        ([("a-1", "a", 5), ("a-2", "a", 6), ("b-1", "b", 7), ("c-1", "c", 8)], {"c"}),
        ([("a-1", "a", 5), ("a-2", "b", 9), ("b-1", "b", 7)], {"a", "b"}),
    ],
    ids=["modified", "one instance less", "gone", "new", "renamed"],
)
def test_what_changed_is_named(digests, services, changed):
    assert digests.take("n1", body(*services)) == changed


def test_a_node_that_changed_changes_all_that_it_has(digests):
    assert digests.take("n1", body(("a-1", "a", 5), ("a-2", "a", 6), ("b-1", "b", 7), node_index=2)) == {"a", "b"}


def test_a_node_that_went_names_what_it_had(digests):
    assert digests.take("n1", b"null") == {"a", "b"}


def test_nodes_that_are_no_longer_listed_name_what_they_had(digests):
    digests.take("n2", body(("c-1", "c", 5), node="n2"))
    assert digests.keep(frozenset(["n1"])) == {"c"}
    assert digests.keep(frozenset(["n1"])) == set()


def test_a_node_that_could_not_be_read_is_new_when_it_is_read_again(digests):
    assert digests.forget("n1") == {"a", "b"}
    assert digests.take("n1", body(("b-1", "b", 7))) == {"b"}


def test_nodes_are_read_only_where_they_are_few_and_all_can_be(digests):
    assert digests.are_cheaper(frozenset(["n1", "n2"]), 4)
    assert not digests.are_cheaper(frozenset(["n1", "n2", "n3"]), 4)
    assert not digests.are_cheaper(frozenset(), 4)
    assert not digests.are_cheaper(frozenset(["n1", "../.."]), 40)


def test_names_of_nodes():
    assert node_names(b'[{"Node": "n1", "Address": "10.0.0.1"}, {"Node": "n2"}]') == {"n1", "n2"}


def test_what_is_no_answer_of_consul_is_refused(digests):
    with pytest.raises(msgspec.DecodeError):
        digests.take("n1", b'{"Services": 7}')
