"""What is held goes by proof, or when an operator says so; what is lost goes when he says so."""

import pytest

from discovery.consul.updates import FreezeReason, ProbeResult
from discovery.guard import releasing
from discovery.guard.judging import judge
from discovery.guard.observing import observe
from discovery.guard.state import Entry, State
from tests.discovery.guard.story import LIMITS, make_target


def state(held=0, seen=1, lost=0, freeze_reason: FreezeReason | None = None):
    statuses = ["seen"] * seen + ["held"] * held + ["lost"] * lost
    entries = {
        make_target(number).key: Entry(make_target(number), status, 5.0) for number, status in enumerate(statuses)
    }
    return State(services={"web": entries}, freeze_reason=freeze_reason)


def proven(before, times, present=(0,)):
    """Return the state after strict reads that have only the targets `present`."""
    for now in times:
        before, _ = releasing.prove(before, "web", {make_target(number).key for number in present}, now, LIMITS)
    return before


def names(after):
    return [key[2] for key in after.services["web"]]


def test_three_reads_over_ten_minutes_release():
    assert names(proven(state(held=20), [1000, 1300, 1600])) == ["web-0"]


@pytest.mark.parametrize("times", [[1000, 1300, 1599], [1000, 1700], [1600]])
def test_less_time_or_fewer_reads_release_nothing(times):
    assert len(names(proven(state(held=20), times))) == 21


def test_time_proves_nothing_while_the_whole_job_is_empty():
    assert len(names(proven(state(held=20, seen=0), range(1000, 9000, 300), present=()))) == 20


def test_time_proves_nothing_while_frozen():
    assert len(names(proven(state(held=20, freeze_reason="index"), range(1000, 9000, 300)))) == 21


def test_one_that_is_still_there_begins_its_own_proof_anew():
    half = proven(state(held=20), [1000, 1300])
    again = proven(half, [1400], present=(0, 3))
    assert ("dc1", "host-3", "web-3") not in again.proofs
    assert names(proven(again, [1600])) == ["web-0", "web-3"]


def test_what_is_held_anew_is_proven_by_itself_and_keeps_nobody_else_back():
    half = proven(state(held=20, seen=12), [1000, 1300], present=range(12))
    present = {make_target(0).key: make_target(0)}
    gone, _ = observe(half, "web", present, 1400, LIMITS)
    held, _ = judge(gone, ProbeResult(1401, None, None), 1401, LIMITS)
    assert names(proven(held, [1600])) == [f"web-{number}" for number in range(12)]
    assert names(proven(held, [1600, 1900, 2200])) == ["web-0"]


def test_one_that_came_back_and_went_again_has_no_proof_of_before():
    half = proven(state(held=7), [1000, 1300])
    back = {make_target(number).key: make_target(number) for number in range(8)}
    here, _ = observe(half, "web", back, 1400, LIMITS)
    gone, _ = observe(here, "web", {make_target(0).key: make_target(0)}, 1500, LIMITS)
    held, _ = judge(gone, ProbeResult(1501, None, None), 1501, LIMITS)
    assert len(names(proven(held, [1600]))) == 8


def test_a_freeze_begins_the_proof_anew():
    half = proven(state(held=20), [1000, 1300])
    frozen, _ = judge(half, ProbeResult(1400, "canary", None), 1400, LIMITS)
    assert frozen.proofs == {}


def test_release_takes_one_job_or_all_and_ends_a_freeze():
    before = state(held=3, lost=1, freeze_reason="index")
    other = {**before.services, "other": before.services["web"]}
    before = State(services=other, freeze_reason="index", frozen_count=9)
    some, _ = releasing.release(before, "web")
    assert (names(some), len(some.services["other"]), some.freeze_reason) == (["web-0", "web-4"], 5, "index")
    every, events = releasing.release(before, None)
    assert (names(every), len(every.services["other"]), every.freeze_reason) == (["web-0", "web-4"], 2, None)
    assert sum(event.count for event in events if event.kind == "released") == 6
    assert releasing.release(before, "nobody")[0] == before


@pytest.mark.parametrize("name", ["web-4", "host-4", "10.0.0.4:80"])
def test_drop_takes_a_lost_target_by_any_of_its_names(name):
    after, events = releasing.drop(state(held=3, lost=2), name)
    assert names(after) == ["web-0", "web-1", "web-2", "web-3", "web-5"]
    assert [(event.kind, event.count) for event in events] == [("dropped", 1)]


def test_drop_takes_nothing_that_is_not_lost():
    before = state(held=3)
    assert releasing.drop(before, "web-0")[0] == releasing.drop(before, "web-1")[0] == before
