"""How many targets may go at once, and in a window of time."""

from discovery.guard.observing import observe
from discovery.guard.releasing import release
from discovery.guard.state import Entry, Settling, State
from tests.discovery.guard.story import LIMITS, Story, fleet, make_target


def test_announced_leavings_don_t_use_the_budget():
    leaving = fleet(50, is_leaving=True)
    story = Story().shows(*leaving).shows().shows(*fleet(5)).shows().probe()
    assert story.statuses() == {}


def test_within_a_tenth_of_the_job_targets_go():
    story = Story().shows(*fleet(100)).shows(*fleet(90)).probe()
    assert set(story.statuses().values()) == {"seen"}
    assert len(story.statuses()) == 90


def test_beyond_a_tenth_of_the_job_all_of_them_are_held():
    story = Story().shows(*fleet(100)).shows(*fleet(89)).probe()
    assert sorted(story.statuses().values()).count("held") == 11


def test_the_budget_counts_one_by_one_within_its_window():
    story = Story().shows(*fleet(20))
    for left in range(19, 12, -1):
        story.shows(*fleet(left)).probe()
    assert sorted(story.statuses().values()) == ["held"] * 2 + ["seen"] * 13


def test_together_beyond_three_tenths_of_all_everything_is_held():
    story = Story()
    for number in range(20):
        story.shows(*fleet(5, service=f"s{number}"), service=f"s{number}")
    for number in range(20):
        story.shows(service=f"s{number}")
    story.probe()
    assert {status for number in range(20) for status in story.statuses(f"s{number}").values()} == {"held"}


def test_time_alone_frees_no_mass_event():
    story = Story().shows(*fleet(100)).shows().probe()
    for _ in range(100):
        story.passes(301)
    assert list(story.statuses().values()) == ["held"] * 100


def test_beyond_three_tenths_of_all_targets_are_held():
    story = Story()
    for number in range(20):
        story.shows(*fleet(5, service=f"s{number}"), service=f"s{number}")
    for number in range(20):
        story.shows(service=f"s{number}").probe()
    kept = [number for number in range(20) if story.statuses(f"s{number}")]
    assert kept == list(range(6, 20))  # six times five are three tenths of a hundred


def test_a_rolling_replacement_is_no_shrink():
    story = Story().shows(*fleet(50))
    for step in range(50):
        new = [make_target(number) for number in range(step + 1, 51 + step)]
        story.shows(*new).probe()
    assert list(story.statuses().values()) == ["seen"] * 50


def test_a_replacement_at_once_is_no_shrink():
    old, new = fleet(50), [make_target(number) for number in range(100, 150)]
    story = Story().shows(*old).shows(*old, *new).shows(*new).probe()
    assert list(story.statuses().values()) == ["seen"] * 50


def test_what_came_and_went_again_makes_up_for_nothing():
    story = Story().shows().shows(*fleet(20)).shows().probe()
    assert list(story.statuses().values()) == ["held"] * 20


def test_the_first_read_of_a_service_makes_up_for_nothing():
    story = Story().shows(*fleet(20)).shows(*fleet(10)).probe()
    assert sorted(story.statuses().values()).count("held") == 10


def test_short_lived_instances_leave_nothing_behind():
    """Ten alive for a minute each, one every six seconds, for an hour at the defaults."""
    story = Story().shows(*fleet(90, service="quiet"), service="quiet").shows(*fleet(10))
    sizes = []
    for number in range(600):
        story.passes(6).shows(*[make_target(number + alive) for alive in range(1, 11)]).probe()
        sizes.append(len(story.statuses()))
    assert max(sizes) <= 20
    assert "held" not in {kind for kind, _ in story.events}


def test_short_lived_instances_are_replaced_however_fast_they_come():
    """Two come each second and as many go, so that removals never settle and eight or more are judged at once."""
    limits = LIMITS._replace(shrink_window_seconds=30, settle_window_seconds=1, settle_timeout_seconds=5)
    story = Story(limits=limits).shows(*fleet(90, service="quiet"), service="quiet").shows(*fleet(12))
    sizes = []
    for number in range(400):
        story.passes(0.5).shows(*[make_target(number + alive) for alive in range(1, 13)]).probe()
        sizes.append(len(story.statuses()))
    assert max(sizes) <= 30
    assert "held" not in {kind for kind, _ in story.events}


def test_young_instances_that_came_together_are_not_replaced_by_each_other():
    old, new = fleet(3), [make_target(number) for number in range(100, 120)]
    story = Story().shows(*fleet(200, service="quiet"), service="quiet").shows(*old).passes(1).shows(*old, *new)
    story.passes(60).shows(*old, *new[15:]).probe()
    assert list(story.statuses().values()).count("held") == 15


def test_short_lived_jobs_leave_nothing_behind():
    story = Story().shows(*fleet(30, service="quiet"), service="quiet")
    for number in range(200):
        name = f"run-{number}"
        target = make_target(number, name)
        story._take(observe(story.state, name, {target.key: target}, story.now, story.limits, is_catching_up=False))
        story.passes(6).shows(service=name).probe()
    assert "held" not in {kind for kind, _ in story.events}


def test_young_instances_that_vanish_at_once_are_held():
    old, new = fleet(50), [make_target(number) for number in range(100, 150)]
    story = Story().shows(*old).shows(*old, *new).shows(*new).probe().passes(100).shows().probe()
    assert list(story.statuses().values()) == ["held"] * 50


def test_a_crash_loop_keeps_a_bounded_number_of_lost_targets():
    story = Story()
    for number in range(60):
        crashed = make_target(number, health="critical")
        story.passes(60).shows(crashed, make_target(999)).shows(make_target(999)).probe()
    lost = [name for name, status in story.statuses().items() if status == "lost"]
    assert sorted(lost) == sorted(f"web-{number}" for number in range(40, 60))


def test_ten_thousand_services_that_vanish_can_be_released():
    story = Story()
    services = {f"s{number}": fleet(1, service=f"s{number}") for number in range(10_000)}
    story.state = State(
        services={
            name: {target.key: Entry(target, "missing", story.now) for target in targets}
            for name, targets in services.items()
        },
        settling=Settling(story.now, story.now),
    )
    story.probe()
    story.state, _ = release(story.state, None)
    assert not any(story.state.services.values())
