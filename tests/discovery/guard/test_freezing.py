"""While Consul's answers can't be right nothing shrinks, and how that ends."""

import pytest

from tests.discovery.guard.story import Story, fleet, make_target


@pytest.mark.parametrize("reason", ["index", "canary"])
def test_while_frozen_nothing_shrinks(reason):
    story = Story().shows(*fleet(3)).shows(*fleet(2)).probe(reason)
    assert story.statuses() == {"web-0": "unread", "web-1": "unread", "web-2": "held"}
    assert list(story.shows().probe().statuses().values()) == ["held"] * 3
    assert len(story.passes(10000).statuses()) == 3


def test_a_freeze_ends_when_nine_tenths_are_back():
    story = Story().shows(*fleet(20)).shows().probe("index")
    assert story.shows(*fleet(17)).probe().state.freeze_reason == "index"
    assert story.shows(*fleet(18)).probe().state.freeze_reason is None


def test_a_freeze_does_not_wait_for_what_was_held_or_lost_before():
    failing = make_target(19, health="critical")
    story = Story().shows(*fleet(19), failing).shows(*fleet(4)).probe()
    assert sorted(story.statuses().values()) == ["held"] * 15 + ["lost"] + ["seen"] * 4
    story.shows().probe("canary")
    assert story.shows(*fleet(3)).probe().state.freeze_reason == "canary"
    assert story.shows(*fleet(4)).probe().state.freeze_reason is None


def test_what_is_new_or_comes_out_of_a_snapshot_makes_up_for_nothing():
    story = Story().shows(*fleet(30)).shows(*fleet(20)).probe()
    assert sorted(story.statuses().values()) == ["held"] * 10 + ["seen"] * 20
    back_from_the_snapshot = fleet(30)[20:]
    story.probe("index").shows(*fleet(12), *back_from_the_snapshot)
    assert story.probe().state.freeze_reason == "index"
    assert story.shows(*fleet(18), *back_from_the_snapshot).probe().state.freeze_reason is None


def test_what_came_and_went_during_the_freeze_is_not_waited_for():
    story = Story().shows(*fleet(20)).probe("index").passes(1).shows(*fleet(23)).passes(1)
    assert story.shows(*fleet(20)).probe("index").state.freeze_reason == "index"
    assert sorted(story.statuses().values()) == ["held"] * 3 + ["seen"] * 20
    assert story.probe().state.freeze_reason is None


def test_after_a_freeze_what_is_still_gone_is_judged_by_the_ordinary_rules():
    failing = make_target(19, health="critical")
    story = Story().shows(*fleet(19), failing).shows().probe("index").shows(*fleet(18)).probe()
    assert story.state.freeze_reason is None
    # Nobody has read them since: they may be back like the others.
    assert story.probe().statuses()["web-18"] == "unread"
    assert story.shows(*fleet(18)).probe().statuses().get("web-18") is None
    assert story.statuses()["web-19"] == "lost"


def test_a_freeze_does_not_end_while_the_canary_is_missing():
    story = Story().shows(*fleet(3)).probe("canary").shows(*fleet(3)).probe("canary")
    assert story.state.freeze_reason == "canary"
    assert story.probe().state.freeze_reason is None


def test_targets_of_before_that_nobody_read_yet_are_not_judged():
    story = Story().shows(*fleet(3)).shows(*fleet(3, service="other"), service="other").probe("index")
    assert story.shows().probe().statuses("other") == {f"other-{number}": "unread" for number in range(3)}
