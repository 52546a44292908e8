import threading

import pytest

from exporter.base.collector import Collector, LastCollector, NotApplicableError
from exporter.base.roots import Roots
from exporter.base.supplies import Supplies
from exporter.runner import Runner


class Fine(Collector):
    def page(self):
        return b"fine 1\n"


class Broken(Collector):
    def page(self):
        raise ValueError("no number")


class Absent(Collector):
    def page(self):
        raise NotApplicableError("no such device")


class Last(LastCollector):
    """Shows what it was told of the rest of the page."""

    def page_after(self, rest):
        return b"last saw " + b",".join(line for line in rest().split(b"\n") if line.endswith(b" 1")) + b"\n"


class Hanging(Collector):
    """Hangs until `answer` is set, as a read from a dead device does."""

    def __init__(self, roots: Roots, options: object = None):
        super().__init__(roots, options)
        self.answer = threading.Event()
        self.calls = 0

    def page(self):
        self.calls += 1
        self.answer.wait()
        return b"late 1\n"


def collector_threads():
    return sum(thread.name == "collectors" for thread in threading.enumerate())


@pytest.fixture
def run():
    runners, hanging = [], []

    def run(deadline_seconds=0.2, **kinds):
        supplies = Supplies()
        collectors = {name: supplies.make(kind) for name, kind in kinds.items()}
        hanging.extend(runner for runner in collectors.values() if isinstance(runner, Hanging))
        runners.append(Runner(supplies, collectors, deadline_seconds))
        return runners[-1]

    yield run
    for runner in hanging:
        runner.answer.set()
    for runner in runners:
        runner.close()


def test_a_failure_costs_only_its_own_series(run):
    text = run(a=Fine, b=Broken, c=Absent, d=Fine).scrape(["a", "b", "c", "d"], 5).decode()
    assert text.count("fine 1") == 2
    assert 'node_scrape_collector_success{collector="b"} 0' in text
    assert 'node_scrape_collector_success{collector="c"} 1' in text
    assert 'vigie_collector_state{collector="b",state="error"} 1' in text
    assert 'vigie_collector_state{collector="c",state="not_applicable"} 1' in text


def test_absent_hardware_is_looked_for_again_only_after_a_while(run):
    calls = []

    class Counting(Absent):
        def page(self):
            calls.append(True)
            super().page()

    patient = run(a=Counting)
    patient._unavailable_backoff_seconds = 60
    for _ in range(3):
        assert b'state="not_applicable"} 1' in patient.scrape(["a"], 5)
    assert len(calls) == 1
    eager = run(a=Counting)
    for _ in range(3):
        eager.scrape(["a"], 5)
    assert len(calls) == 4


def test_a_hang_costs_its_deadline_once_and_its_own_series(run):
    runner = run(a=Fine, b=Hanging, c=Fine)
    names = ["a", "b", "c"]
    text = runner.scrape(names, 5).decode()
    assert text.count("fine 1") == 2
    assert 'vigie_collector_state{collector="b",state="timeout"} 1' in text
    threads = collector_threads()
    for _ in range(5):
        assert runner.scrape(names, 5).decode().count("fine 1") == 2
    assert runner.collectors["b"].calls == 1
    assert collector_threads() == threads


def test_the_last_one_knows_all_that_is_on_the_page_and_nothing_else(run):
    runner = run(a=Last, b=Fine, c=Hanging, d=Fine)
    assert b"last saw beside 1,fine 1,fine 1\n" in runner.scrape(["a", "b", "c", "d"], 5, b"beside 1\n")
    assert b"last saw \n" in runner.scrape(["a"], 5)


def test_a_collector_that_answers_again_is_asked_again(run, wait_until):
    runner = run(b=Hanging)
    runner.scrape(["b"], 5)
    runner.collectors["b"].answer.set()
    wait_until(lambda: b"late 1" in runner.scrape(["b"], 5), 10)


def test_the_whole_scrape_has_a_deadline(run):
    runner = run(60, a=Fine, b=Hanging, c=Fine)
    text = runner.scrape(["a", "b", "c"], 0.3).decode()
    assert text.count("fine 1") == 1
    assert 'vigie_collector_state{collector="c",state="timeout"} 1' in text


def test_a_scrape_whose_turn_does_not_come_says_so(run):
    runner = run(60, b=Hanging)
    first = threading.Thread(target=runner.scrape, args=(["b"], 1))
    first.start()
    while not runner.collectors["b"].calls:
        pass
    with pytest.raises(TimeoutError):
        runner.scrape(["b"], 0.05)
    first.join()


def test_concurrent_scrapes_are_all_whole(run):
    runner = run(a=Fine, b=Fine)
    pages = []
    threads = [threading.Thread(target=lambda: pages.append(runner.scrape(["a", "b"], 5))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [page.count(b"fine 1") for page in pages] == [2] * 8
