"""Answers that viewers share."""

import threading

import pytest

from vigie.console.data.cache import Cache
from vigie.core.http.fetch_failure import FetchError, FetchFailure


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cache(clock):
    shared = Cache(5, threads=4, clock=clock)
    yield shared
    shared.close()


def failing():
    raise FetchError("Prometheus does not answer", FetchFailure("silent"))


def test_many_who_ask_at_once_are_one_question(cache):
    go, counted = threading.Event(), []

    def slow():
        counted.append(1)
        go.wait(10)
        return "answer"

    pending = [cache.ask("key", slow) for _ in range(20)]
    go.set()
    assert {answer.get().value for answer in pending} == {"answer"}
    assert counted == [1]


def test_fresh_answers_are_kept_and_old_ones_asked_anew(cache, clock):
    answers = iter(range(10))
    assert cache.ask("key", lambda: next(answers)).get().value == 0
    clock.now += 4
    assert cache.ask("key", lambda: next(answers)).get().value == 0
    clock.now += 100
    assert cache.ask("key", lambda: next(answers)).get().value == 1


def test_a_little_old_is_given_at_once_while_a_new_one_is_fetched(cache, clock, wait_until):
    cache.ask("key", lambda: "old").get()
    clock.now += 6
    go = threading.Event()
    assert cache.ask("key", lambda: go.wait(10) and "new").get().value == "old"
    go.set()
    wait_until(lambda: cache.ask("key", failing).get().value == "new", 10)


def test_the_last_good_answer_stays_with_the_reason_why_it_is_old(cache, clock):
    good = cache.ask("key", lambda: "good").get()
    clock.now += 100
    stale = cache.ask("key", failing).get()
    assert (stale.value, stale.at, stale.error) == ("good", good.at, "Prometheus does not answer")
    assert cache.failures == 1
    clock.now += 100
    assert cache.ask("key", lambda: "better").get().error == ""


def test_a_source_that_is_down_is_not_asked_for_each_viewer(cache, clock):
    cache.ask("key", failing).get()
    cache.ask("key", failing).get()
    assert cache.loads == 1
    clock.now += 6
    assert cache.ask("key", lambda: "back").get().value == "back"


def test_a_mistake_of_ours_is_seen_and_holds_up_nobody(cache, clock):
    with pytest.raises(ZeroDivisionError):
        cache.ask("key", lambda: 1 / 0).get()
    clock.now += 6
    assert cache.ask("key", lambda: 1).get().value == 1


def test_what_was_changed_is_asked_anew(cache):
    cache.ask("key", lambda: 1).get()
    cache.drop("key")
    assert cache.ask("key", lambda: 2).get().value == 2
