"""Rows without holes, whatever the number of graphs."""

import pytest

from dashboards.panels.layout import row_widths, run_widths


@pytest.mark.parametrize("count", range(1, 13))
def test_rows_are_full(count):
    columns = row_widths(count)
    assert len(columns) == count
    while columns:
        row = 24 // columns[0]
        assert columns[:row] == [columns[0]] * row
        del columns[:row]


def test_no_graph_is_alone_when_it_need_not_be():
    assert all(24 not in row_widths(count) for count in range(2, 13))


def test_a_table_ends_a_run_of_graphs():
    assert run_widths([True, True, True, False, True, True]) == [8, 8, 8, 0, 12, 12]
    assert run_widths([]) == []
