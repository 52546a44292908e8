"""cpu, pressure, selinux and timex on what is not in the fixtures."""

import errno

import pytest

from exporter.base.calls import Clock
from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors import pressure, selinux
from exporter.collectors.cpu import Cpu, forward_only, parse_cpu_list
from exporter.collectors.timex import TimexCollector


def test_cpu_counters_never_go_back_a_little():
    before, now = (10, 0, 10, 1000, 50), (11, 0, 9, 990, 49)
    assert forward_only(before, now, 300) == (11, 0, 10, 1000, 50)
    assert forward_only(None, now, 300) == now


def test_a_cpu_plugged_in_again_starts_anew():
    assert forward_only((10, 0, 10, 1000), (1, 0, 1, 5), 300) == (1, 0, 1, 5)


def test_cpu_of_an_old_kernel_has_no_guests(tree):
    roots = tree({"proc/stat": "cpu  1 2 3 4\ncpu0 100 200 300 400 500 600 700\nintr 1\n"})
    page = Supplies(roots).make(Cpu).page().decode()
    assert 'node_cpu_seconds_total{cpu="0",mode="softirq"} 7.00' in page
    assert 'node_cpu_guest_seconds_total{cpu="0",mode="user"} 0.00' in page


@pytest.mark.parametrize(("text", "numbers"), [("", []), ("3", ["3"]), ("0,2-4", ["0", "2", "3", "4"])])
def test_cpu_list(text, numbers):
    assert parse_cpu_list(text) == numbers


def test_pressure_that_is_turned_off(roots, monkeypatch):
    def refuse(_):
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr("exporter.kernel.files.KernelFile.read", refuse)
    with pytest.raises(NotApplicableError, match="psi=1"):
        pressure.Pressure(roots).page()


@pytest.mark.parametrize(
    ("text", "mode"), [("SELINUX=enforcing", 1), ("#SELINUX=enforcing\nSELINUX = disabled\n", -1), ("", -1)]
)
def test_selinux_mode(text, mode):
    assert selinux.configured_mode(text) == mode


def test_selinux_that_is_off(tree):
    assert b"node_selinux_enabled 0\n" in selinux.Selinux(tree({})).page()


def test_adjtimex_that_is_forbidden(tree):
    def forbidden():
        raise PermissionError(1, "Operation not permitted")

    with pytest.raises(NotApplicableError):
        TimexCollector(tree({}), Clock(adjtimex=forbidden)).page()


def test_adjtimex_of_this_machine(tree):
    page = TimexCollector(tree({}), Clock()).page()
    assert b"node_timex_tick_seconds 0.01\n" in page
