"""Removals that come within a moment are judged together."""

from tests.discovery.guard.story import LIMITS, Story, fleet


def test_removals_are_judged_together_once_none_has_come_for_a_while():
    story = Story(limits=LIMITS._replace(settle_window_seconds=1, settle_timeout_seconds=5)).shows(*fleet(100))
    for left in (99, 97, 90):
        story.shows(*fleet(left)).passes(0.5).probe()
    assert sorted(story.statuses().values()).count("missing") == 10
    assert len(story.passes(0.6).probe().statuses()) == 90


def test_removals_that_never_settle_are_judged_all_the_same():
    story = Story(limits=LIMITS._replace(settle_window_seconds=1, settle_timeout_seconds=5)).shows(*fleet(100))
    for left in range(99, 92, -1):
        story.shows(*fleet(left)).passes(0.8)
    assert len(story.probe().statuses()) == 93


def test_what_returns_while_it_settles_was_never_gone():
    story = (
        Story(limits=LIMITS._replace(settle_window_seconds=1, settle_timeout_seconds=5))
        .shows(*fleet(3))
        .shows()
        .passes(0.5)
    )
    assert set(story.shows(*fleet(3)).passes(5).probe().statuses().values()) == {"seen"}
    assert story.state.settling is None
