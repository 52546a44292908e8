"""Pools and datasets that come, go, and differ."""

from exporter.collectors import zfs

HEADER = "6 1 0x01 2 96 1 2\nname type data\n"
FOLDER = "proc/spl/kstat/zfs/"


def test_datasets_that_count_different_things_share_their_families(tree):
    files = {
        FOLDER + "tank/objset-1": HEADER + "dataset_name 7 tank\nreads 4 1\nwrites 4 2\n",
        FOLDER + "tank/objset-2": HEADER + "dataset_name 7 tank/a\nreads 4 3\n",
    }
    page = zfs.Zfs(tree(files)).page().decode()
    assert page.count("# TYPE node_zfs_zpool_dataset_reads untyped") == 1
    assert 'node_zfs_zpool_dataset_reads{zpool="tank",dataset="tank/a"} 3' in page
    assert 'node_zfs_zpool_dataset_writes{zpool="tank",dataset="tank"} 2' in page


def test_a_state_that_nobody_knows_is_none_of_those_known(tree):
    page = zfs.Zfs(tree({FOLDER + "tank/state": "MELTED\n"})).page().decode()
    values = [line.rpartition(" ")[2] for line in page.splitlines() if not line.startswith("#")]
    assert values == ["0"] * 7


def test_a_pool_that_is_exported_meanwhile_is_left_out(tree, tmp_path):
    roots = tree({FOLDER + "tank/state": "ONLINE\n"})
    (tmp_path / FOLDER / "gone").mkdir()
    page = zfs.Zfs(roots).page()
    assert b'{zpool="tank",state="online"} 1' in page
    assert b"gone" not in page


def test_fields_that_a_new_module_adds_appear(tree):
    collector = zfs.Zfs(tree({FOLDER + "arcstats": HEADER + "hits 4 1\n"}))
    assert collector.page().endswith(b"node_zfs_arc_hits 1\n")
    collector.close()
    tree({FOLDER + "arcstats": HEADER + "hits 4 2\nuncached-hits 4 5\n"})
    assert collector.page().endswith(b"node_zfs_arc_uncached_hits 5\n")
    collector.close()
