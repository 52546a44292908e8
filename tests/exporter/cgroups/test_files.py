"""Files of the kernel that are longer than what it hands out at once."""

import mmap
from pathlib import Path

from exporter.cgroups.files import read_once


def test_a_long_list_of_the_kernel_is_read_to_its_end():
    """It hands out a page at a time: a container of 1,000 processes counted as one of 600."""
    mappings = [mmap.mmap(-1, mmap.PAGESIZE) for _ in range(200)]  # a line each, whatever this Python has mapped
    addresses = [line.split(b"-")[0] for line in read_once("/proc/self/maps").split(b"\n")]
    ends = [line.split(b"-")[0] for line in Path("/proc/self/maps").read_bytes().split(b"\n")]
    assert len(ends) > len(mappings)
    assert addresses[-2] == ends[-2]
