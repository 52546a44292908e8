"""A blocking query reports changes of content, forgets its index after a failure, and obeys at once."""

import queue
import threading

import pytest

from discovery.consul.blocking_query import BlockingQuery, QueryTiming
from discovery.consul.connection import Answer, ConsulError
from discovery.consul.updates import ReadFailure

TIMING = QueryTiming(watch_timeout_seconds=600, read_interval_seconds=0.001, max_backoff_seconds=0.001)


class Line:
    """Stands for the connection: answers what the test puts in, and blocks until there is something."""

    def __init__(self):
        self.answers, self.indexes, self.is_closed = queue.Queue(), queue.Queue(), False

    def fetch(self, _connection, index, _wait_seconds):
        self.indexes.put(index)
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
def reported():
    return queue.Queue()


@pytest.fixture
def query(line, reported):
    query = BlockingQuery(
        line,
        line.fetch,
        lambda answer, _at: reported.put(answer.body if isinstance(answer, Answer) else answer),
        TIMING,
    )
    query.start()
    yield query
    query.stop()
    query.join(20)
    assert not query.is_alive()
    assert line.is_closed


def next_index(line):
    return line.indexes.get(timeout=20)


def next_report(reported):
    return reported.get(timeout=20)


@pytest.mark.usefixtures("query")
def test_only_a_changed_content_is_reported_whatever_the_index(line, reported):
    for index, body in [(5, b"a"), (6, b"a"), (7, b"b")]:
        line.answers.put(Answer(index, True, body))
    assert [next_report(reported), next_report(reported), next_report(reported)] == [b"a", None, b"b"]
    assert [next_index(line) for _ in range(4)] == [0, 5, 6, 7]


@pytest.mark.usefixtures("query")
def test_after_a_failure_the_index_is_forgotten(line, reported):
    line.answers.put(Answer(5, True, b"a"))
    line.answers.put(ConsulError("status_500", "no leader"))
    assert next_report(reported) == b"a"
    assert next_report(reported) == ReadFailure("status_500", "no leader")
    assert [next_index(line) for _ in range(3)] == [0, 5, 0]


@pytest.mark.usefixtures("query")
def test_an_index_that_went_back_is_not_waited_for(line):
    line.answers.put(Answer(50, True, b"a"))
    line.answers.put(Answer(5, True, b"a"))
    assert [next_index(line) for _ in range(3)] == [0, 50, 0]


def test_a_reset_ends_the_wait_and_reports_everything_anew(line, reported, query):
    line.answers.put(Answer(5, True, b"a"))
    assert [next_report(reported), next_index(line), next_index(line)] == [b"a", 0, 5]
    query.reset()
    assert next_index(line) == 0
    line.answers.put(Answer(5, True, b"a"))
    assert next_report(reported) == b"a"


def test_an_order_that_fell_between_two_reads_is_noticed_by_a_nudge(line, reported, query):
    line.answers.put(Answer(5, True, b"a"))
    assert [next_report(reported), next_index(line), next_index(line)] == [b"a", 0, 5]
    query._resets += 1  # as if the abort had come before the read began
    query.nudge()
    assert next_index(line) == 0
    threading.Event().wait(0.01)
    query.nudge()
    assert line.answers.empty()
