"""A poll tells changes of content, forgets its index after a failure, and obeys at once."""

import queue
import threading

import pytest

from discovery.consul.blocking_query import Failure, Pace, Poll
from discovery.consul.connection import Answer, ConsulError

PACE = Pace(wait_seconds=600, interval_seconds=0.001, retry_max_seconds=0.001)


class Line:
    """Stands for the connection: answers what the test puts in, and blocks until there is something."""

    def __init__(self):
        self.answers, self.asked, self.is_closed = queue.Queue(), queue.Queue(), False

    def fetch(self, _connection, index, _wait_seconds):
        self.asked.put(index)
        answer = self.answers.get(timeout=20)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def abort(self):
        self.answers.put(ConsulError("unreachable", "aborted"))

    def close(self):
        self.is_closed = True


@pytest.fixture
def line():
    return Line()


@pytest.fixture
def posted():
    return queue.Queue()


@pytest.fixture
def poll(line, posted):
    made = Poll(line, line.fetch, lambda news, _at: posted.put(news), PACE)
    made.start()
    yield made
    made.stop()
    made.join(20)
    assert not made.is_alive()
    assert line.is_closed


def asked(line):
    return line.asked.get(timeout=20)


def heard(posted):
    return posted.get(timeout=20)


@pytest.mark.usefixtures("poll")
def test_only_a_changed_content_is_told_whatever_the_index(line, posted):
    for index, body in [(5, b"a"), (6, b"a"), (7, b"b")]:
        line.answers.put(Answer(index, True, body))
    assert [heard(posted), heard(posted), heard(posted)] == [b"a", None, b"b"]
    assert [asked(line) for _ in range(4)] == [0, 5, 6, 7]


@pytest.mark.usefixtures("poll")
def test_after_a_failure_the_index_is_forgotten(line, posted):
    line.answers.put(Answer(5, True, b"a"))
    line.answers.put(ConsulError("status_500", "no leader"))
    assert heard(posted) == b"a"
    assert heard(posted) == Failure("status_500", "no leader")
    assert [asked(line) for _ in range(3)] == [0, 5, 0]


@pytest.mark.usefixtures("poll")
def test_an_index_that_went_back_is_not_waited_for(line):
    line.answers.put(Answer(50, True, b"a"))
    line.answers.put(Answer(5, True, b"a"))
    assert [asked(line) for _ in range(3)] == [0, 50, 0]


def test_a_reset_ends_the_wait_and_tells_everything_anew(line, posted, poll):
    line.answers.put(Answer(5, True, b"a"))
    assert [heard(posted), asked(line), asked(line)] == [b"a", 0, 5]
    poll.reset()
    assert asked(line) == 0
    line.answers.put(Answer(5, True, b"a"))
    assert heard(posted) == b"a"


def test_an_order_that_fell_between_two_reads_is_noticed_by_a_nudge(line, posted, poll):
    line.answers.put(Answer(5, True, b"a"))
    assert [heard(posted), asked(line), asked(line)] == [b"a", 0, 5]
    poll._resets += 1  # as if the abort had come before the read began
    poll.nudge()
    assert asked(line) == 0
    threading.Event().wait(0.01)
    poll.nudge()
    assert line.answers.empty()
