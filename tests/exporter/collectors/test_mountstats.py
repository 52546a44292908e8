import pytest

from exporter.base.collector import NotApplicableError
from exporter.collectors.mountstats import describe
from exporter.kernel.nfs_mountstats import NfsMount, Transport
from exporter.registry import find_collectors


def mount(mountpoint, **changes):
    mount = NfsMount("nas:/a", mountpoint, 5, [1] * 8, [2] * 27, [Transport("tcp", [3] * 13)], {"READ": [4000] * 8})
    return mount._replace(**changes)


def names(rows):
    return [series[0].name for series, _ in rows]


def test_an_export_is_counted_once_however_often_it_is_mounted():
    rows = list(describe([mount("/x"), mount("/y")], {("nas:/a", "/x"): "10.0.0.3", ("nas:/a", "/y"): "10.0.0.3"}))
    assert names(rows).count("node_mountstats_nfs_age_seconds_total") == 1
    assert names(rows).count("node_mountstats_nfs_mountpoint_info") == 2
    assert len({series for series, _ in rows}) == len(rows)


def test_the_same_name_at_another_address_is_another_export():
    rows = list(describe([mount("/x"), mount("/y")], {("nas:/a", "/x"): "10.0.0.3", ("nas:/a", "/y"): "10.0.0.4"}))
    assert names(rows).count("node_mountstats_nfs_age_seconds_total") == 2


def test_times_are_seconds_and_wrapped_ones_what_node_exporter_makes_of_them():
    wrapped = [4000] * 5 + [2**64 - 1, 4000, 4000]
    values = dict(
        zip(names(rows := list(describe([mount("/x", operations={"READ": wrapped})], {}))), rows, strict=False)
    )
    assert values["node_mountstats_nfs_operations_response_time_seconds_total"][1] == 4.0
    assert values["node_mountstats_nfs_operations_queue_time_seconds_total"][1] == (2**53 - 1) / 1000


def test_a_kernel_that_counts_fewer_events_gives_those():
    rows = list(describe([mount("/x", events=[1] * 25)], {}))
    assert "node_mountstats_nfs_event_pnfs_read_total" not in names(rows)
    assert "node_mountstats_nfs_event_jukebox_delay_total" in names(rows)


def test_a_host_without_nfs_is_not_applicable(tree):
    roots = tree({"proc/self/mountstats": "device proc mounted on /proc with fstype proc\n"})
    with pytest.raises(NotApplicableError, match="no NFS"):
        find_collectors()["mountstats"](roots).page()
