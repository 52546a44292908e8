"""How power zones are numbered, and who may read them."""

import os

import pytest

from exporter.base.collector import NotApplicableError
from exporter.collectors import rapl

ZONE = {"sys/class/powercap/intel-rapl:0/name": "package-0\n", "sys/class/powercap/intel-rapl:0/energy_uj": "1500000\n"}


def numbered(*names):
    return [(zone.name, zone.number) for zone in rapl.number_zones([(None, name) for name in names])]


def test_a_number_in_the_name_counts():
    assert numbered("package-1", "package-0") == [("package", "1"), ("package", "0")]


def test_zones_of_one_name_are_counted():
    assert numbered("dram", "core", "dram") == [("dram", "0"), ("core", "0"), ("dram", "1")]


def test_a_name_with_two_numbers_stays():
    assert numbered("package-0-die-1") == [("package-0-die-1", "0")]


def test_names_become_parts_of_metrics(tree):
    files = {"sys/class/powercap/a/name": "package-0-die-1", "sys/class/powercap/a/energy_uj": "1500000"}
    assert b'node_rapl_package_0_die_1_joules_total{index="0",path="/sys/class/powercap/a"} 1.5' in (
        rapl.Rapl(tree(files)).page()
    )


def test_one_metric_with_the_zone_as_label(tree):
    page = rapl.Rapl(tree(ZONE), rapl.RaplOptions(enable_zone_label=True)).page()
    assert b'node_rapl_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0",rapl_zone="package"} 1.5' in page


def test_without_the_right_to_read_there_is_nothing_to_measure(tree, monkeypatch):
    roots = tree(ZONE)

    def forbidden(path):
        raise PermissionError(13, os.strerror(13), str(path))

    monkeypatch.setattr(rapl, "read_text", forbidden)
    with pytest.raises(NotApplicableError, match="only root may read it"):
        rapl.Rapl(roots).page()
