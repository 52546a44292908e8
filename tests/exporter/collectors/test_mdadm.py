"""Lines of /proc/mdstat as kernels print them."""

import pytest

from exporter.collectors.mdadm import Array, Mdadm, parse

HEAD = "Personalities : [raid1] [raid6]\n"


def parse_array(*lines):
    (array,) = parse(HEAD + "\n".join(lines) + "\n\nunused devices: <none>\n")
    return array


def test_healthy_array():
    array = parse_array("md0 : active raid1 sda1[0] sdb1[1]", "      1046528 blocks super 1.2 [2/2] [UU]")
    assert array == Array("md0", "active", 2, 2, 0, 0, 1046528, 1046528)


def test_failed_and_spare_disks_are_told_apart_from_working_ones():
    array = parse_array(
        "md1 : active raid6 sdc1[0] sdd1[1](F) sde1[2] sdf1[3](S)",
        "      900 blocks level 6, 512k chunk, algorithm 2 [4/3] [U_UU]",
    )
    assert (array.required, array.active, array.failed, array.spare) == (4, 3, 1, 1)


@pytest.mark.parametrize(
    ("line", "state", "synced"),
    [
        ("  [=>...]  recovery =  8.5% (77/900) finish=17.0min speed=9K/sec", "recovering", 77),
        ("  [=>...]  resync =  8.5% (78/900) finish=17.0min speed=9K/sec", "resync", 78),
        ("  [=>...]  check =  8.5% (79/900) finish=17.0min speed=9K/sec", "check", 79),
        ("  [=>...]  reshape =  8.5% (80/900) finish=17.0min speed=9K/sec", "reshaping", 80),
        ("  \tresync=PENDING", "resync", 0),
        ("  \tresync=DELAYED", "resync", 0),
        ("  \tresync=REMOTE", "resync", 0),
        ("  bitmap: 0/1 pages [0KB], 65536KB chunk", "active", 900),
    ],
)
def test_progress(line, state, synced):
    array = parse_array("md0 : active raid1 sda1[0] sdb1[1]", "      900 blocks [2/2] [UU]", line)
    assert (array.state, array.blocks_synced) == (state, synced)


def test_progress_below_the_bitmap_is_seen_too():
    array = parse_array(
        "md0 : active raid1 sda1[0] sdb1[1]",
        "      900 blocks [2/1] [U_]",
        "      bitmap: 0/1 pages [0KB], 65536KB chunk",
        "      [=>...]  recovery =  8.5% (77/900) finish=17.0min speed=9K/sec",
    )
    assert array.state == "recovering"


def test_arrays_without_redundancy_count_their_members():
    array = parse_array(
        "md3 : active (read-only) raid0 sda[2] sdb[1] sdc[0]", "      322560 blocks super 1.2 512k chunks"
    )
    assert (array.state, array.required, array.active) == ("active", 3, 3)


def test_container_has_spares_only():
    array = parse_array("md127 : inactive sdb[1](S) sda[0](S)", "      7932 blocks super external:imsm", "       ")
    assert (array.state, array.required, array.active, array.spare) == ("inactive", 0, 0, 2)


@pytest.mark.parametrize(
    "text",
    [
        "md0 : active raid1 sda1[0]\n",
        "md0 : active raid1 sda1[0]\n  900 blocks\n",
        "md0 : active raid1\n  many blocks\n",
    ],
)
def test_malformed_array_is_an_error(text):
    with pytest.raises(ValueError, match=r"mdstat|invalid literal"):
        parse(HEAD + text)


def test_no_arrays_is_an_empty_page(tree):
    collector = Mdadm(tree({"proc/mdstat": HEAD + "unused devices: <none>\n"}))
    assert collector.page() == b""
    collector.close()


def test_unreadable_degraded_count_costs_only_its_own_series(tree):
    files = {"proc/mdstat": HEAD, "sys/block/md0/md/level": "raid1\n", "sys/block/md0/md/raid_disks": "3 (2)\n"}
    collector = Mdadm(tree(files))
    assert collector.page().decode().splitlines()[2:] == ['node_md_raid_disks{device="md0"} 3']
    collector.close()
