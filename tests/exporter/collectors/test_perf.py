"""Counters of perf_event_open(2)."""

import errno

import pytest

from exporter.base.calls import PerfCalls
from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors.perf import Perf, parse_cpus
from exporter.kernel import perf_event
from exporter.kernel.perf_event import TYPE_SOFTWARE, TYPE_TRACEPOINT
from exporter.parsing import items

SOFTWARE_ONLY = {"disable_hardware_profilers": True, "disable_cache_profilers": True}


class Counters:
    """A machine that counts software events and tracepoints, and remembers what is open."""

    def __init__(self, error=errno.ENOENT, most=1000):
        self.error, self.most, self.opened = error, most, set()

    def open(self, kind, config, cpu):
        if kind not in {TYPE_SOFTWARE, TYPE_TRACEPOINT}:
            raise OSError(self.error, "no")
        if len(self.opened) >= self.most:
            raise OSError(errno.EMFILE, "Too many open files")
        return Counter(self, (kind, config, cpu))


class Counter:
    def __init__(self, machine, key):
        self.machine, self.key = machine, key
        machine.opened.add(key)

    def read(self):
        if self.key[1] == 6:
            raise OSError("not on its CPU")
        return self.key[1]

    def close(self):
        self.machine.opened.remove(self.key)


def make(roots, machine, **options):
    return Supplies(roots, PerfCalls(machine.open)).make(Perf, Perf.options_type(**options))


def read(collector):
    skipped = items.begin()
    samples = list(collector.collect())
    series = {(sample.family.name.removeprefix("node_perf_"), *sample.labels): sample.value for sample in samples}
    return series, skipped.count


def online(tree, cpus):
    return tree({"sys/devices/system/cpu/online": cpus, "sys/kernel/debug/tracing/events/a/b/id": "77\n"})


def test_what_can_be_counted_is(tree):
    machine = Counters()
    collector = make(online(tree, "0,2\n"), machine, tracepoint=("a:b", "a:c", "a/../b:c", "a:b"))
    for _ in range(2):
        series, failed = read(collector)
        assert series["context_switches_total", "2"] == 3
        assert series["a_b", "0"] == 77
        assert ("major_faults_total", "0") not in series
        assert len(series) == 10
        assert failed == 4  # two tracepoints that are none, and the major faults of two CPUs
    collector.close()
    assert not machine.opened


def test_cpus_come_and_go(tree):
    machine = Counters()
    collector = make(online(tree, "0-3\n"), machine, cpus="1-3:2,0", software_profilers=("PageFault", "Nonsense"))
    assert {cpu for _, cpu in read(collector)[0]} == {"0", "1", "3"}
    online(tree, "1,2\n")
    assert {cpu for _, cpu in read(collector)[0]} == {"1"}
    assert len(machine.opened) == 1


def test_nothing_to_count(tree):
    options = {"disable_software_profilers": True}
    with pytest.raises(NotApplicableError):
        read(make(online(tree, "0\n"), Counters(), **options))
    with pytest.raises(PermissionError):
        read(make(online(tree, "0\n"), Counters(errno.EACCES)))


def test_too_few_descriptors_leave_none_open(tree):
    machine = Counters(most=3)
    with pytest.raises(OSError, match="Too many"):
        read(make(online(tree, "0\n"), machine, **SOFTWARE_ONLY))
    assert not machine.opened


def test_lists_of_cpus():
    assert parse_cpus("0,2-5,8-16:4,3") == [0, 2, 3, 4, 5, 8, 12, 16]
    for text in ("", "a", "1-", "-1", "1-5:0", "1:2", "1,,2", "٣"):
        with pytest.raises(ValueError, match="expected"):
            parse_cpus(text)


def test_the_real_kernel_counts_or_refuses():
    try:
        counter = perf_event.open_counter(TYPE_SOFTWARE, 3, 0)
    except OSError as error:
        if error.errno not in {errno.EACCES, errno.EPERM, errno.ENOSYS}:
            raise
        pytest.skip("perf_event_open is forbidden here")
    first = counter.read()
    assert counter.read() >= first >= 0
    counter.close()
