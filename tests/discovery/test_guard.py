"""Each row of the table in Contract 2, without Consul: what stays a target, and what goes."""

from typing import ClassVar

import pytest

from discovery.consul.updates import Witness
from discovery.guard import judging as guard
from discovery.guard.state import Limits, State
from discovery.targets.target import Target

LIMITS = Limits(
    window_seconds=300,
    job_share=0.1,
    all_share=0.3,
    minimum=5,
    lost_seconds=86400,
    spot_dead_seconds=180,
    back_share=0.9,
    settle_seconds=0,
    settle_max_seconds=0,
    release_seconds=600,
    farewell_seconds=60,
)


def make(number, service="web", **facts):
    host = facts.pop("host", f"host-{number}")
    return Target(
        dc="dc1",
        host=host,
        service_id=f"{service}-{number}",
        job=service,
        instance=facts.pop("instance", f"10.0.0.{number}:80"),
        health=facts.pop("health", "passing"),
        group=b"{}",
        **facts,
    )


class Story:
    """Tells the guard what Consul shows, one moment after the other."""

    NODES: ClassVar = frozenset(("dc1", f"host-{number}") for number in range(1000))

    def __init__(self, state=None, limits=LIMITS):
        self.state, self.now, self.events, self.limits = state or State(), 1000.0, [], limits

    def shows(self, *targets, service="web"):
        self._take(guard.observe(self.state, service, {one.key: one for one in targets}, self.now, self.limits))
        return self

    def witness(self, doubt=None, nodes=NODES):
        self.now += 0.01
        self._take(guard.judge(self.state, Witness(self.now, doubt, nodes), self.now, self.limits))
        return self

    def passes(self, seconds):
        self.now += seconds
        self._take(guard.tick(self.state, self.now, self.limits))
        return self

    def _take(self, step):
        self.state, events = step
        self.events += [(one.what, one.count) for one in events]

    def statuses(self, service="web"):
        return {one.target.service_id: one.status for one in self.state.services[service].values()}


def fleet(count, **facts):
    return [make(number, **facts) for number in range(count)]


@pytest.mark.parametrize("health", ["passing", "warning", "critical", "maintenance"])
def test_whatever_its_health_a_registered_instance_is_a_target(health):
    story = Story().shows(make(1, health=health)).witness()
    assert story.statuses() == {"web-1": "seen"}


def test_an_announced_leaving_goes_at_once_without_a_witness():
    story = Story().shows(make(1, is_leaving=True), make(2)).shows(make(2))
    assert story.statuses() == {"web-2": "seen"}


def test_who_left_as_announced_is_remembered_for_a_minute_or_until_it_is_back():
    story = Story().shows(make(1, is_leaving=True), make(2, is_leaving=True), make(3)).shows()
    assert {one.host for one in story.state.left} == {"host-1", "host-2"}
    story.passes(59).shows(make(1))
    assert {one.host for one in story.state.left} == {"host-2"}
    assert story.passes(2).state.left == {}


def test_announced_leavings_don_t_use_the_budget():
    leaving = fleet(50, is_leaving=True)
    story = Story().shows(*leaving).shows().shows(*fleet(5)).shows().witness()
    assert story.statuses() == {}


def test_gone_while_passing_waits_for_a_witness_and_then_goes():
    story = Story().shows(*fleet(3)).shows(*fleet(2))
    assert story.statuses()["web-2"] == "missing"
    assert story.witness().statuses() == {"web-0": "seen", "web-1": "seen"}
    assert ("removed", 1) in story.events


def test_a_witness_that_looked_before_proves_nothing():
    story = Story().shows(make(1))
    early = story.now - 1
    story.shows()
    story._take(guard.judge(story.state, Witness(early, None, Story.NODES), story.now, LIMITS))
    assert story.statuses() == {"web-1": "missing"}


def test_gone_while_critical_is_lost_and_forgotten_after_a_day():
    story = Story().shows(make(1, health="critical")).shows().witness()
    assert story.statuses() == {"web-1": "lost"}
    assert story.passes(86399).statuses() == {"web-1": "lost"}
    assert story.passes(2).statuses() == {}


def test_gone_while_critical_waits_until_somebody_read_the_nodes():
    story = Story().shows(make(1, health="critical")).shows().witness(nodes=None)
    assert story.statuses() == {"web-1": "missing"}


def test_gone_while_critical_with_its_node_goes():
    story = Story().shows(make(1, health="critical")).shows().witness(nodes=frozenset())
    assert story.statuses() == {}


def test_a_lost_target_goes_with_its_node():
    story = Story().shows(make(1, health="critical")).shows().witness()
    assert story.witness(nodes=None).statuses() == {"web-1": "lost"}
    assert story.witness(nodes=frozenset()).statuses() == {}


def test_a_lost_target_that_returns_is_seen_again():
    story = Story().shows(make(1, health="critical")).shows().witness().shows(make(1))
    assert story.statuses() == {"web-1": "seen"}


def test_within_a_tenth_of_the_job_targets_go():
    story = Story().shows(*fleet(100)).shows(*fleet(90)).witness()
    assert set(story.statuses().values()) == {"seen"}
    assert len(story.statuses()) == 90


def test_beyond_a_tenth_of_the_job_all_of_them_are_held():
    story = Story().shows(*fleet(100)).shows(*fleet(89)).witness()
    assert sorted(story.statuses().values()).count("held") == 11


def test_the_budget_counts_one_by_one_within_its_window():
    story = Story().shows(*fleet(20))
    for left in range(19, 12, -1):
        story.shows(*fleet(left)).witness()
    assert sorted(story.statuses().values()) == ["held"] * 2 + ["seen"] * 13


def test_removals_are_judged_together_once_none_has_come_for_a_while():
    story = Story(limits=LIMITS._replace(settle_seconds=1, settle_max_seconds=5)).shows(*fleet(100))
    for left in (99, 97, 90):
        story.shows(*fleet(left)).passes(0.5).witness()
    assert sorted(story.statuses().values()).count("missing") == 10
    assert len(story.passes(0.6).witness().statuses()) == 90


def test_removals_that_never_settle_are_judged_all_the_same():
    story = Story(limits=LIMITS._replace(settle_seconds=1, settle_max_seconds=5)).shows(*fleet(100))
    for left in range(99, 92, -1):
        story.shows(*fleet(left)).passes(0.8)
    assert len(story.witness().statuses()) == 93


def test_what_returns_while_it_settles_was_never_gone():
    story = Story(limits=LIMITS._replace(settle_seconds=1, settle_max_seconds=5)).shows(*fleet(3)).shows().passes(0.5)
    assert set(story.shows(*fleet(3)).passes(5).witness().statuses().values()) == {"seen"}
    assert story.state.settling is None


def test_together_beyond_three_tenths_of_all_everything_is_held():
    story = Story()
    for number in range(20):
        story.shows(*fleet(5, service=f"s{number}"), service=f"s{number}")
    for number in range(20):
        story.shows(service=f"s{number}")
    story.witness()
    assert {status for number in range(20) for status in story.statuses(f"s{number}").values()} == {"held"}


def test_what_an_operator_took_out_of_the_selection_goes_at_once():
    story = Story().shows(*fleet(100))
    dismissed = frozenset(one.key for one in fleet(100)[1:])
    story._take(guard.observe(story.state, "web", {make(0).key: make(0)}, story.now, LIMITS, dismissed))
    assert story.statuses() == {"web-0": "seen"}
    assert ("dismissed", 99) in story.events


def test_time_alone_frees_no_mass_event():
    story = Story().shows(*fleet(100)).shows().witness()
    for _ in range(100):
        story.passes(301)
    assert list(story.statuses().values()) == ["held"] * 100


def test_beyond_three_tenths_of_all_targets_are_held():
    story = Story()
    for number in range(20):
        story.shows(*fleet(5, service=f"s{number}"), service=f"s{number}")
    for number in range(20):
        story.shows(service=f"s{number}").witness()
    kept = [number for number in range(20) if story.statuses(f"s{number}")]
    assert kept == list(range(6, 20))  # six times five are three tenths of a hundred


def test_a_rolling_replacement_is_no_shrink():
    story = Story().shows(*fleet(50))
    for step in range(50):
        new = [make(number) for number in range(step + 1, 51 + step)]
        story.shows(*new).witness()
    assert list(story.statuses().values()) == ["seen"] * 50


def test_a_replacement_at_once_is_no_shrink():
    old, new = fleet(50), [make(number) for number in range(100, 150)]
    story = Story().shows(*old).shows(*old, *new).shows(*new).witness()
    assert list(story.statuses().values()) == ["seen"] * 50


def test_what_came_and_went_again_makes_up_for_nothing():
    story = Story().shows().shows(*fleet(20)).shows().witness()
    assert list(story.statuses().values()) == ["held"] * 20


def test_the_first_read_of_a_service_makes_up_for_nothing():
    story = Story().shows(*fleet(20)).shows(*fleet(10)).witness()
    assert sorted(story.statuses().values()).count("held") == 10


def test_who_takes_over_an_identity_replaces_the_one_before():
    story = Story().shows(make(1, health="critical", instance="a")).shows(make(2, instance="a"))
    assert story.statuses() == {"web-2": "seen"}


@pytest.mark.parametrize("doubt", ["index", "canary"])
def test_in_doubt_nothing_shrinks(doubt):
    story = Story().shows(*fleet(3)).shows(*fleet(2)).witness(doubt)
    assert story.statuses() == {"web-0": "unread", "web-1": "unread", "web-2": "held"}
    assert list(story.shows().witness().statuses().values()) == ["held"] * 3
    assert len(story.passes(10000).statuses()) == 3


def test_a_doubt_ends_when_nine_tenths_are_back():
    story = Story().shows(*fleet(20)).shows().witness("index")
    assert story.shows(*fleet(17)).witness().state.doubt == "index"
    assert story.shows(*fleet(18)).witness().state.doubt is None


def test_after_a_doubt_what_is_still_gone_is_judged_by_the_ordinary_rules():
    failing = make(19, health="critical")
    story = Story().shows(*fleet(19), failing).shows().witness("index").shows(*fleet(18)).witness()
    assert story.statuses()["web-18"] == "missing"
    assert story.witness().statuses().get("web-18") is None
    assert story.statuses()["web-19"] == "lost"


def test_a_doubt_does_not_end_while_the_canary_is_missing():
    story = Story().shows(*fleet(3)).witness("canary").shows(*fleet(3)).witness("canary")
    assert story.state.doubt == "canary"
    assert story.witness().state.doubt is None


def test_targets_of_before_that_nobody_read_yet_are_not_judged():
    story = Story().shows(*fleet(3)).shows(*fleet(3, service="other"), service="other").witness("index")
    assert story.shows().witness().statuses("other") == {f"other-{number}": "unread" for number in range(3)}


def test_a_dead_spot_node_goes_after_its_time_and_returns_when_it_lives():
    dead = make(1, health="critical", is_spot=True, is_node_down=True)
    story = Story().shows(dead).passes(179)
    assert story.statuses() == {"web-1": "seen"}
    assert story.passes(2).statuses() == {}
    assert ("spot_dead", 1) in story.events
    assert story.shows(dead).statuses() == {}
    assert story.shows(make(1, is_spot=True)).statuses() == {"web-1": "seen"}


def test_a_dead_node_that_is_no_spot_node_stays():
    story = Story().shows(make(1, health="critical", is_node_down=True)).passes(100000)
    assert story.statuses() == {"web-1": "seen"}


def test_the_exporter_s_meta_makes_the_other_services_of_its_node_spot():
    node = make(1, service="vigie-exporter", is_spot=True, is_node_down=True)
    story = Story().shows(node, service="vigie-exporter").shows(make(1, is_node_down=True)).passes(181)
    assert story.statuses() == {}


def test_what_was_decided_before_is_never_changed_in_place():
    story = Story().shows(*fleet(3))
    before, statuses = story.state, dict(story.statuses())
    story.shows().witness().passes(100000)
    assert {one.target.service_id: one.status for one in before.services["web"].values()} == statuses
