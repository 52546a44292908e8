"""The stand-in for time and threads behaves as what it stands in for."""

import queue
import threading
import time

from tests.discovery.model.simulation import START_SECONDS, Simulation


def test_sleeping_takes_virtual_time_only():
    simulation, seen = Simulation(), []

    def work():
        for _ in range(3):
            time.sleep(100)
            seen.append(time.time() - START_SECONDS)

    began = time.perf_counter()
    with simulation.entered():
        threading.Thread(target=work).start()
    simulation.run_for(250)
    assert seen == [100, 200]
    simulation.run_for(50)
    assert seen == [100, 200, 300]
    assert time.perf_counter() - began < 1


def test_events_and_queues_wake_whoever_waits():
    simulation, seen = Simulation(), []
    with simulation.entered():
        event, inbox = threading.Event(), queue.SimpleQueue()

        def wait():
            seen.append(event.wait(5))
            seen.append(event.wait(100))
            seen.append((time.monotonic() - START_SECONDS, inbox.get(timeout=7)))
            try:
                inbox.get(timeout=1)
            except queue.Empty:
                seen.append("empty")

        def tell():
            time.sleep(20)
            event.set()
            inbox.put("hello")

        threads = [threading.Thread(target=wait), threading.Thread(target=tell)]
        for thread in threads:
            thread.start()
    simulation.run_for(60)
    assert seen == [False, True, (20, "hello"), "empty"]
    with simulation.entered():
        assert not any(thread.is_alive() for thread in threads)


def test_a_thread_that_dies_is_known():
    simulation = Simulation()
    with simulation.entered():
        threading.Thread(target=lambda: 1 / 0, name="divider").start()
    simulation.run_for(1)
    ((thread, error),) = simulation.errors()
    assert (thread.name, type(error)) == ("divider", ZeroDivisionError)
    assert simulation.alive_count() == 0


def test_real_time_comes_back():
    with Simulation().entered():
        assert time.time() == START_SECONDS
    assert abs(time.time() - START_SECONDS) > 1
    assert queue.SimpleQueue().__class__.__name__ == "SimpleQueue"
