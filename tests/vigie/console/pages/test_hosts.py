"""The order of the infrastructure list."""

from tests.vigie.console.host_samples import up, use
from vigie.console.data.hosts import to_hosts
from vigie.console.pages.hosts import HEADINGS, sort_hosts
from vigie.console.web.sorting import Sort, parse


def test_lists_are_sorted_with_unknown_numbers_last_either_way():
    rows = to_hosts({"up": [up("a"), up("b"), up("c", 0)], "use": [use("a", "memory", 0.2), use("b", "memory", 0.9)]})

    def names(text):
        return [row.name for row in sort_hosts(rows, parse(text, HEADINGS, "status"))]

    assert names("memory") == ["a", "b", "c"]
    assert names("-memory") == ["b", "a", "c"]
    assert names("") == ["c", "a", "b"]
    assert names("-host") == ["c", "b", "a"]
    assert parse("; drop", HEADINGS, "status") == Sort("status", is_descending=False)
