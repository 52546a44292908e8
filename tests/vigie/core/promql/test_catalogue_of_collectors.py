"""The catalogue comes from the collectors: lint knows what our own exporter gives, on whatever machine."""

import pytest

from alerting.rules.layers import list_groups
from dashboards import boards
from exporter.collectors import ethtool, lnstat, meminfo, netstat, sockstat, vmstat, zfs, zoneinfo
from exporter.kernel.column_cache import Line
from tools.reference.metrics import declared_families
from vigie.core.integrations.metrics import load_types
from vigie.core.promql import catalogue
from vigie.core.promql import expression as promql
from vigie.provision.declarations import merge_rule_files
from vigie.reconcile.declaration import Inputs


def test_the_catalogue_has_every_family_that_the_exporter_declares():
    """Also what no fixture shows, such as the fields of a battery."""
    types = catalogue.load()
    lacking = {f"{family.name} {family.kind}" for family in declared_families() if family.name not in types}
    assert lacking == set(), "expected these lines in vigie/core/promql/catalogue/node.txt"


# Names that are made of what the kernel, a driver or an operator calls a field, as no fixture has it.
NAMED_BY_OTHERS = [
    (meminfo.find([Line(0, [b"Balloon:", b"4", b"kB"])])[0].family, "node_memory_*"),
    (netstat.family("Udp6_RcvbufErrors"), "node_netstat_*"),
    (vmstat.family("pgfault_of_tomorrow"), "node_vmstat_*"),
    (sockstat.family("MPTCP_inuse"), "node_sockstat_*"),
    (zfs.Table("arc", "arcstats")._family("of_tomorrow"), "node_zfs_*"),
    (lnstat.parse_header(b"of_tomorrow")[0], "node_lnstat_*_total"),
    (ethtool._statistic("of_some_driver", ""), "node_ethtool_*"),
    (zoneinfo._family("protection_9", ""), "node_zoneinfo_protection_*"),
]


@pytest.mark.parametrize(("family", "pattern"), NAMED_BY_OTHERS, ids=[pattern for _, pattern in NAMED_BY_OTHERS])
def test_lint_knows_names_that_another_kernel_gives(family, pattern):
    types = catalogue.load()
    assert family.name not in types
    assert types[pattern] == family.kind
    assert promql.check(f"{family.name} > 0", types) == []


def test_what_no_collector_gives_is_unknown():
    [sentence] = promql.check("node_memry_MemFree_bytes > 0", catalogue.load())
    assert "nobody emits node_memry_MemFree_bytes" in sentence


def test_ours_ask_for_names_that_are_spelled_out():
    """A name that only a `*` stands for may be misspelled: what ours ask for stands in the catalogue as it is."""
    types = catalogue.load() | load_types(None)
    rules = [
        rule for text in merge_rule_files(Inputs()).values() for group in list_groups(text) for rule in group["rules"]
    ]
    asked = {name for rule in rules for name in promql.metrics(str(rule["expr"]))}
    asked |= {
        name for board in boards.load().values() for query in find_queries(board) for name in promql.metrics(query)
    }
    recorded = {str(rule["record"]) for rule in rules if "record" in rule}
    assert "node_memory_MemAvailable_bytes" in asked
    assert asked - types.keys() - recorded == set()


def find_queries(part):
    """Yield each `expr` in a board."""
    for key, value in part.items() if isinstance(part, dict) else enumerate(part if isinstance(part, list) else ()):
        if key == "expr":
            yield str(value)
        else:
            yield from find_queries(value)
