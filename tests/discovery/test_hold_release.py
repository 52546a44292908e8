"""What is held goes by proof, or when an operator says so; what is lost goes when he says so."""

import pytest

from discovery.consul.updates import Doubt, Witness
from discovery.guard import judging as guard
from discovery.guard import releasing as hold_release
from discovery.guard.state import Entry, Limits, State
from discovery.targets.target import Target

LIMITS = Limits(
    300, 0.1, 0.3, 5, 86400, 180, 0.9, settle_seconds=0, settle_max_seconds=0, release_seconds=600, farewell_seconds=60
)


def make(number):
    return Target("dc1", f"host-{number}", f"web-{number}", "web", f"10.0.0.{number}:80", "passing", b"{}")


def state(held=0, seen=1, lost=0, doubt: Doubt | None = None):
    statuses = ["seen"] * seen + ["held"] * held + ["lost"] * lost
    entries = {make(number).key: Entry(make(number), status, 5.0) for number, status in enumerate(statuses)}
    return State(services={"web": entries}, doubt=doubt)


def proven(before, times, seen=(0,)):
    """Return the state after reads of Consul that saw only the targets `seen`."""
    for now in times:
        before, _ = hold_release.prove(before, "web", {make(number).key for number in seen}, now, LIMITS)
    return before


def names(after):
    return [key[2] for key in after.services["web"]]


def test_three_reads_over_ten_minutes_release():
    assert names(proven(state(held=20), [1000, 1300, 1600])) == ["web-0"]


@pytest.mark.parametrize("times", [[1000, 1300, 1599], [1000, 1700], [1600]])
def test_less_time_or_fewer_reads_release_nothing(times):
    assert len(names(proven(state(held=20), times))) == 21


def test_time_confirms_nothing_while_the_whole_job_is_empty():
    assert len(names(proven(state(held=20, seen=0), range(1000, 9000, 300), seen=()))) == 20


def test_time_confirms_nothing_in_doubt():
    assert len(names(proven(state(held=20, doubt="index"), range(1000, 9000, 300)))) == 21


def test_one_that_is_still_there_begins_the_proof_anew():
    half = proven(state(held=20), [1000, 1300])
    assert proven(half, [1400], seen=(0, 3)).proofs == {}
    assert len(names(proven(proven(half, [1400], seen=(0, 3)), [1600, 1900]))) == 21


def test_one_that_is_held_anew_begins_the_proof_anew():
    half = proven(state(held=20, seen=12), [1000, 1300], seen=range(12))
    seen = {make(0).key: make(0)}
    gone, _ = guard.observe(half, "web", seen, 1400, LIMITS)
    held, _ = guard.judge(gone, Witness(1401, None, None), 1401, LIMITS)
    assert len(names(proven(held, [1600]))) == 32


def test_a_doubt_begins_the_proof_anew():
    half = proven(state(held=20), [1000, 1300])
    doubted, _ = guard.judge(half, Witness(1400, "canary", None), 1400, LIMITS)
    assert doubted.proofs == {}


def test_accept_releases_one_job_or_all_and_ends_a_doubt():
    before = state(held=3, lost=1, doubt="index")
    other = {**before.services, "other": before.services["web"]}
    before = State(services=other, doubt="index", doubted_count=9)
    one, _ = hold_release.accept(before, "web")
    assert (names(one), len(one.services["other"]), one.doubt) == (["web-0", "web-4"], 5, "index")
    every, events = hold_release.accept(before, None)
    assert (names(every), len(every.services["other"]), every.doubt) == (["web-0", "web-4"], 2, None)
    assert sum(event.count for event in events if event.what == "released") == 6
    assert hold_release.accept(before, "nobody")[0] == before


@pytest.mark.parametrize("name", ["web-4", "host-4", "10.0.0.4:80"])
def test_forget_takes_a_lost_target_by_any_of_its_names(name):
    after, events = hold_release.forget(state(held=3, lost=2), name)
    assert names(after) == ["web-0", "web-1", "web-2", "web-3", "web-5"]
    assert [(event.what, event.count) for event in events] == [("forgotten", 1)]


def test_forget_takes_nothing_that_is_not_lost():
    before = state(held=3)
    assert hold_release.forget(before, "web-0")[0] == hold_release.forget(before, "web-1")[0] == before
