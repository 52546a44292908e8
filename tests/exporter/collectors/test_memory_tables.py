"""The kernel's small tables: each is taken as documented, and refused when it is another one."""

import pytest

from exporter.collectors import buddyinfo, cgroups, slabinfo, softirqs


def test_free_blocks_are_counted_by_node_zone_and_size():
    keys, counts = buddyinfo.parse(b"Node 1, zone   Normal   5101   2203 \n")
    assert keys == [("1", "Normal", "0"), ("1", "Normal", "1")]
    assert counts == [b"5101", b"2203"]


def test_slabs_are_filtered(tree):
    text = "slabinfo - version: 2.1\n# name <active_objs>\ndentry 7 8 192 21 2 : t\nkmalloc-8k 43 44 8192 4 9 : t\n"
    options = slabinfo.SlabinfoOptions(slabs_exclude="^kmalloc")
    page = slabinfo.Slabinfo(tree({"proc/slabinfo": text}), options).page().decode()
    values = [line.rpartition(" ")[2] for line in page.splitlines() if not line.startswith("#")]
    assert values == ["7", "8", "192", "21", "2"]
    assert "kmalloc" not in page


def test_softirqs_keep_the_numbers_of_the_cpus():
    assert softirqs.parse(b"  CPU0 CPU2\n HI: 3 4\n") == ([("0", "HI"), ("2", "HI")], [b"3", b"4"])


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (buddyinfo.parse, b"Node 0, zone Normal\n"),
        (buddyinfo.parse, b"Node 0 zone Normal 1 2\n"),
        (buddyinfo.parse, b"Node 0, zone Normal 1 x\n"),
        (cgroups.parse, b"cpu 3 72\n"),
        (cgroups.parse, b"cpu 3 -72 1\n"),
        (slabinfo.parse, b"dentry 7 8\n"),
        (slabinfo.parse, b"\n"),
        (softirqs.parse, b"CPU0 CPU1\nHI: 3\n"),
        (softirqs.parse, b"\nHI: 3\n"),
    ],
)
def test_another_table_is_refused(parse, text):
    with pytest.raises(ValueError, match="expected"):
        parse(text)
