"""Plan, apply, drift and prune with resources made of plain dictionaries."""

import pytest

from vigie.core.errors import ProblemError, TransientError
from vigie.reconcile.apply import apply
from vigie.reconcile.plan import find_drift, plan
from vigie.reconcile.prune import find, prune, require_few
from vigie.reconcile.retry import Patience


class Things:
    """A resource whose state is a dictionary; `failures` are raised by its writes, in turn."""

    def __init__(self, declared, present, name="things", *, is_atomic=False, relies_on=()):
        self.name = name
        self.is_atomic = is_atomic
        self.relies_on = frozenset(relies_on)
        self.declared = declared
        self.present = dict(present)
        self.failures = []
        self.reads_fail = []
        self.written = []

    def desired(self):
        return self.declared

    def actual(self):
        if self.reads_fail:
            raise self.reads_fail.pop(0)
        return dict(self.present)

    def orphans(self):
        return {key: value for key, value in self.actual().items() if key not in self.declared}

    def write(self, changes):
        assert self.is_atomic or len(changes) == 1
        self.written.append([change.key for change in changes])
        failure = self.failures.pop(0) if self.failures else None
        if failure:
            raise failure
        for change in changes:
            if change.action == "delete":
                del self.present[change.key]
            else:
                self.present[change.key] = change.after


class Pauses:
    def __init__(self):
        self.seconds = []

    def __call__(self, seconds):
        self.seconds.append(seconds)


def patience(attempts=3, sleep=None):
    return Patience(attempts, 0.5, sleep or Pauses())


def outcomes(results):
    return [(result.change.key, result.outcome) for result in results]


def test_plan_tells_create_update_and_unchanged_in_the_kinds_own_order():
    things = Things({"c": 1, "a": 1, "b": 1}, {"b": 2, "a": 1, "foreign": 9})
    assert [(change.key, change.action, change.before, change.after) for change in plan([things], patience())] == [
        ("c", "create", None, 1),
        ("a", "unchanged", 1, 1),
        ("b", "update", 2, 1),
    ]
    assert things.written == []


def test_plan_reads_again_after_a_passing_failure():
    things, pauses = Things({"a": 1}, {}), Pauses()
    things.reads_fail = [TransientError("once"), TransientError("twice")]
    assert len(plan([things], patience(3, pauses))) == 1
    assert pauses.seconds == [0.5, 1.0]


def test_plan_gives_up_after_the_last_attempt():
    things = Things({"a": 1}, {})
    things.reads_fail = [TransientError(str(number)) for number in range(3)]
    with pytest.raises(TransientError, match="2"):
        plan([things], patience(3))


def test_apply_writes_only_what_differs_and_one_by_one():
    things = Things({"a": 1, "b": 2, "c": 3}, {"b": 2})
    assert outcomes(apply([things], patience())) == [("a", "done"), ("c", "done")]
    assert things.written == [["a"], ["c"]]
    assert list(apply([things], patience())) == []
    assert things.written == [["a"], ["c"]]


def test_a_kind_at_once_is_one_write():
    things = Things({"a": 1, "b": 2}, {}, is_atomic=True)
    assert outcomes(apply([things], patience())) == [("a", "done"), ("b", "done")]
    assert things.written == [["a", "b"]]


def test_does_not_write_again_what_arrived_although_the_answer_was_lost():
    things = Things({"a": 1}, {})

    def lost(changes):
        Things.write(things, changes)
        raise TransientError("answer lost")

    things.write = lost
    assert outcomes(apply([things], patience())) == [("a", "done")]
    assert things.written == [["a"]]


def test_gives_up_after_the_last_attempt_and_goes_on_with_the_rest_of_the_kind():
    things = Things({"a": 1, "b": 2}, {})
    things.failures = [TransientError("busy")] * 3
    results = list(apply([things], patience(3)))
    assert outcomes(results) == [("a", "failed"), ("b", "done")]
    assert results[0].message == "busy"


def test_a_lasting_failure_is_not_tried_again_and_skips_what_relies_on_it():
    first, second = Things({"a": 1}, {}, "first"), Things({"b": 1}, {}, "second", relies_on={"first"})
    error = ProblemError("no")
    error.add_note("and all is as before")
    first.failures = [error]
    results = list(apply([first, second], patience()))
    assert outcomes(results) == [("a", "failed"), ("b", "skipped")]
    assert [result.message for result in results] == ["no; and all is as before", "first failed"]
    assert second.written == []


def test_what_does_not_rely_on_a_failed_resource_goes_on_and_what_relies_on_a_skipped_one_waits():
    first, second = Things({"a": 1}, {}, "first"), Things({"b": 1}, {}, "second", relies_on={"first"})
    third, fourth = Things({"c": 1}, {}, "third", relies_on={"second"}), Things({"d": 1}, {}, "fourth")
    first.failures = [ProblemError("no")]
    results = list(apply([first, second, third, fourth], patience()))
    assert outcomes(results) == [("a", "failed"), ("b", "skipped"), ("c", "skipped"), ("d", "done")]
    assert results[2].message == "first failed"


def test_what_relies_on_a_skipped_resource_without_changes_goes_on():
    first, second = Things({"a": 1}, {}, "first"), Things({"b": 1}, {"b": 1}, "second", relies_on={"first"})
    third = Things({"c": 1}, {}, "third", relies_on={"second"})
    first.failures = [ProblemError("no")]
    assert outcomes(apply([first, second, third], patience())) == [("a", "failed"), ("c", "done")]


def test_a_resource_that_may_not_be_read_is_told_after_the_others():
    hidden, behind = Things({"a": 1}, {}, "hidden"), Things({"b": 1}, {}, "behind", relies_on={"hidden"})
    free, secret = Things({"c": 1}, {}, "free"), Things({"d": 1}, {}, "secret")
    hidden.reads_fail, secret.reads_fail = [ProblemError("no right")], [ProblemError("no other right")]
    with pytest.raises(ProblemError, match="no right; no other right"):
        list(apply([hidden, behind, free, secret], patience()))
    assert (behind.written, free.written) == ([], [["c"]])


def test_a_server_that_is_away_is_not_asked_for_each_resource():
    first, second = Things({"a": 1}, {}, "first"), Things({"b": 1}, {}, "second")
    first.reads_fail = [TransientError("away")] * 3
    with pytest.raises(TransientError, match="away"):
        list(apply([first, second], patience(3)))
    assert second.written == []


def test_drift_is_what_apply_would_write_and_prune_would_delete():
    things = Things({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 2, "old": 3})
    assert [(change.key, change.action) for change in find_drift([things], patience())] == [
        ("b", "update"),
        ("c", "create"),
        ("old", "delete"),
    ]
    assert things.written == []


def test_prune_deletes_last_kinds_first_and_nothing_that_is_declared():
    first, second = Things({"a": 1}, {"a": 2, "old": 1}, "first"), Things({}, {"gone": 1}, "second")
    kept = []
    assert [(change.resource, change.key) for change in find([first, second], patience())] == [
        ("second", "gone"),
        ("first", "old"),
    ]
    assert outcomes(prune([first, second], patience(), kept.extend)) == [("gone", "done"), ("old", "done")]
    assert (first.present, second.present) == ({"a": 2}, {})
    assert [(change.key, change.before) for change in kept] == [("gone", 1), ("old", 1)]


def test_prune_leaves_what_others_may_rely_on_when_something_could_not_be_deleted():
    first = Things({}, {"folder": 1}, "first")
    second = Things({}, {"board": 1}, "second", relies_on={"first"})
    third = Things({}, {"source": 1}, "third")
    second.failures = [ProblemError("no")]
    assert outcomes(prune([first, third, second], patience(), list)) == [
        ("board", "failed"),
        ("source", "done"),
        ("folder", "skipped"),
    ]


def test_a_deletion_that_arrived_although_its_answer_was_lost_is_not_sent_again():
    things = Things({}, {"old": 1})

    def lost(changes):
        Things.write(things, changes)
        raise TransientError("answer lost")

    things.write = lost
    assert outcomes(prune([things], patience(), list)) == [("old", "done")]
    assert things.written == [["old"]]


def test_refuses_more_deletions_than_were_allowed():
    changes = find([Things({}, {"a": 1, "b": 2})], patience())
    require_few(changes, 2)
    with pytest.raises(ProblemError, match=r"nothing was deleted: 2 objects \(2 things\).*--max-delete is 1"):
        require_few(changes, 1)


def test_nothing_is_written_when_nothing_can_be_put_aside():
    def full(changes):
        raise ProblemError(f"no room for {len(changes)}")

    things = Things({"a": 1}, {"a": 2})
    with pytest.raises(ProblemError, match="no room for 1"):
        list(apply([things], patience(), full))
    assert things.written == []
