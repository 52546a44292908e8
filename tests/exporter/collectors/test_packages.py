"""Markers of a reboot that waits, and what a host without packages says."""

import os
import time

import pytest

from exporter.base.calls import Identity
from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors.packages import Packages, PackagesOptions
from exporter.packages.apt_lists import Pending

from ..fixed_calls import fixed_uname  # noqa: TID252

DPKG = {"root/var/lib/dpkg/status": ""}


def make(roots, **options):
    return Supplies(roots, Identity(fixed_uname)).make(Packages, PackagesOptions(**options))


def series(collector):
    page = collector.page().decode()
    collector.close()
    return dict(line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))


@pytest.mark.parametrize(
    ("files", "value"),
    [({}, "0"), ({"root/run/reboot-required": ""}, "1"), ({"root/var/run/reboot-required": ""}, "1")],
)
def test_marker_of_a_reboot(tree, files, value):
    assert series(make(tree(DPKG | files), updates=False)) == {"node_reboot_required": value}


def test_time_of_the_last_update_of_the_lists(tree):
    roots = tree(DPKG | {"root/var/lib/apt/periodic/update-success-stamp": ""})
    os.utime(roots.root / "var/lib/apt/periodic/update-success-stamp", (1700000000, 1700000000))
    assert series(make(roots, updates=False))["apt_package_cache_timestamp_seconds"] == "1700000000"


def test_nothing_that_waits_is_told_too(tree, monkeypatch):
    collector = make(tree(DPKG))
    monkeypatch.setattr(collector._survey, "result", lambda: (Pending({}, {("a:b/c", "amd64"): 2}), {}))
    page = series(collector)
    assert page["apt_upgrades_pending"] == "0"
    assert page['apt_upgrades_held{origin="a:b/c",arch="amd64"}'] == "2"


@pytest.mark.parametrize(("age_seconds", "value"), [(100, "0"), (-100, "1")])
def test_kernel_that_was_installed_since_the_boot_waits_where_rpm_leaves_no_marker(tree, age_seconds, value):
    boot = int(time.time()) - 1000
    running = fixed_uname().release
    roots = tree(
        {
            "proc/stat": f"cpu 1\nbtime {boot}\n",
            f"root/lib/modules/{running}/modules.dep": "",
            "root/lib/modules/9.9.9/modules.dep": "",
        }
    )
    os.utime(roots.root / "lib/modules/9.9.9", (boot - age_seconds, boot - age_seconds))
    assert series(make(roots)) == {"node_reboot_required": value}


def test_host_without_packages_and_kernels_is_not_applicable(tree):
    with pytest.raises(NotApplicableError, match="neither"):
        make(tree({})).page()
