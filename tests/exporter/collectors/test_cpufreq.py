"""Frequencies that are shared, absent, or slow to be told."""

from time import sleep

import pytest

from exporter.base.collector import NotApplicableError
from exporter.collectors import cpufreq
from exporter.collectors.cpufreq import Cpufreq

CPU = "sys/devices/system/cpu"


def test_offline_cpus_have_no_series(tree):
    files = {f"{CPU}/cpu{number}/cpufreq/scaling_cur_freq": f"{number + 1}\n" for number in (0, 2, 10)}
    page = Cpufreq(tree({**files, f"{CPU}/offline": "2\n"})).page().decode()
    assert page.splitlines()[2:] == [
        'node_cpu_scaling_frequency_hertz{cpu="0"} 1000',
        'node_cpu_scaling_frequency_hertz{cpu="10"} 11000',
    ]


def test_unknown_frequency_has_no_series(tree):
    files = {"cpuinfo_cur_freq": "<unknown>\n", "scaling_cur_freq": "\n", "scaling_max_freq": "7\n"}
    page = Cpufreq(tree({f"{CPU}/cpu0/cpufreq/{name}": text for name, text in files.items()})).page().decode()
    assert page.splitlines()[2:] == ['node_cpu_scaling_frequency_max_hertz{cpu="0"} 7000']


def test_machine_without_frequencies_is_not_applicable(tree):
    collector = Cpufreq(tree({f"{CPU}/cpu0/topology/core_id": "0\n", f"{CPU}/offline": "\n"}))
    with pytest.raises(NotApplicableError):
        collector.page()


def test_slow_machine_is_read_by_threads_from_the_second_scrape_on(tree, monkeypatch):
    files = {f"{CPU}/cpu{number}/cpufreq/scaling_cur_freq": f"{number}\n" for number in range(4)}
    collector = Cpufreq(tree(files))
    read = cpufreq.read_policy

    def slow(folder):
        sleep(0.01)
        return read(folder)

    monkeypatch.setattr(cpufreq, "SLOW_SECONDS", 0.02)
    monkeypatch.setattr(cpufreq, "read_policy", slow)
    first = collector.page()
    assert collector._pool is not None
    assert collector.page() == first
    collector.close()


def test_quick_machine_has_no_threads(roots, monkeypatch):
    monkeypatch.setattr(cpufreq, "SLOW_SECONDS", 60)
    collector = Cpufreq(roots)
    collector.page()
    assert collector._pool is None
