"""Each row of the table in Contract 2, without Consul: what stays a target, and what goes."""

import pytest

from discovery.consul.updates import ProbeResult
from discovery.guard.judging import judge
from discovery.guard.observing import observe
from tests.discovery.guard.story import LIMITS, Story, fleet, make_target


@pytest.mark.parametrize("health", ["passing", "warning", "critical", "maintenance"])
def test_whatever_its_health_a_registered_instance_is_a_target(health):
    story = Story().shows(make_target(1, health=health)).probe()
    assert story.statuses() == {"web-1": "seen"}


def test_an_announced_leaving_goes_at_once_without_a_probe():
    story = Story().shows(make_target(1, is_leaving=True), make_target(2)).shows(make_target(2))
    assert story.statuses() == {"web-2": "seen"}


def test_who_left_as_announced_is_remembered_for_a_minute_or_until_it_is_back():
    story = Story().shows(make_target(1, is_leaving=True), make_target(2, is_leaving=True), make_target(3)).shows()
    assert {identity.host for identity in story.state.departed} == {"host-1", "host-2"}
    story.passes(59).shows(make_target(1))
    assert {identity.host for identity in story.state.departed} == {"host-2"}
    assert story.passes(2).state.departed == {}


def test_gone_while_passing_waits_for_a_probe_and_then_goes():
    story = Story().shows(*fleet(3)).shows(*fleet(2))
    assert story.statuses()["web-2"] == "missing"
    assert story.probe().statuses() == {"web-0": "seen", "web-1": "seen"}
    assert ("removed", 1) in story.events


def test_a_probe_that_began_before_proves_nothing():
    story = Story().shows(make_target(1))
    early = story.now - 1
    story.shows()
    story._take(judge(story.state, ProbeResult(early, None, Story.NODES), story.now, LIMITS))
    assert story.statuses() == {"web-1": "missing"}


def test_gone_while_critical_is_lost_and_expires_after_a_day():
    story = Story().shows(make_target(1, health="critical")).shows().probe()
    assert story.statuses() == {"web-1": "lost"}
    assert story.passes(86399).statuses() == {"web-1": "lost"}
    assert story.passes(2).statuses() == {}


def test_gone_while_critical_waits_until_somebody_read_the_nodes():
    story = Story().shows(make_target(1, health="critical")).shows().probe(nodes=None)
    assert story.statuses() == {"web-1": "missing"}


def test_gone_while_critical_with_its_node_goes():
    story = Story().shows(make_target(1, health="critical")).shows().probe(nodes=frozenset())
    assert story.statuses() == {}


def test_a_lost_target_goes_with_its_node():
    story = Story().shows(make_target(1, health="critical")).shows().probe()
    assert story.probe(nodes=None).statuses() == {"web-1": "lost"}
    assert story.probe(nodes=frozenset()).statuses() == {}


def test_a_lost_target_that_returns_is_seen_again():
    story = Story().shows(make_target(1, health="critical")).shows().probe().shows(make_target(1))
    assert story.statuses() == {"web-1": "seen"}


def test_what_an_operator_took_out_of_the_selection_goes_at_once():
    story = Story().shows(*fleet(100))
    deselected = frozenset(target.key for target in fleet(100)[1:])
    story._take(observe(story.state, "web", {make_target(0).key: make_target(0)}, story.now, LIMITS, deselected))
    assert story.statuses() == {"web-0": "seen"}
    assert ("deselected", 99) in story.events


def test_who_takes_over_an_identity_replaces_the_one_before():
    story = Story().shows(make_target(1, health="critical", instance="a")).shows(make_target(2, instance="a"))
    assert story.statuses() == {"web-2": "seen"}


def test_what_was_decided_before_is_never_changed_in_place():
    story = Story().shows(*fleet(3))
    before, statuses = story.state, dict(story.statuses())
    story.shows().probe().passes(100000)
    assert {entry.target.service_id: entry.status for entry in before.services["web"].values()} == statuses
