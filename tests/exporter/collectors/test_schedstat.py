"""The lines of /proc/schedstat."""

import pytest

from exporter.collectors import schedstat


def test_the_last_three_numbers_of_a_cpu_and_no_domain():
    text = b"version 17\ntimestamp 1\ncpu0 9 9 9 9 9 9 11 12 13\ndomain0 MC 3 21 22\ncpu12 1 2 3 4 5 6 7 8 9\n"
    assert schedstat.parse(text) == {"0": (11, 12, 13), "12": (7, 8, 9)}


def test_no_cpu_is_an_error():
    with pytest.raises(ValueError, match="a line for each CPU"):
        schedstat.parse(b"version 15\n")
