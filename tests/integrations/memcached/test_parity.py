"""Our check beside what memcached_exporter 0.15 makes of the same server's numbers, as its source tells."""

import re
from pathlib import Path

import pytest

from tests.integrations.pages import in_order, read_series, read_types

pytestmark = pytest.mark.integration
TABLE = Path(__file__).with_name("memcached_exporter-0.15.txt")
SLAB = re.compile(r"(?:items:)?(\d+):(\w+)")
WORDS = {"yes": 1.0, "no": 0.0}
# What asking itself changes, and what goes by the clock.
MOVING = re.compile(
    r"memcached_(process_|read_bytes|written_bytes|connections_total|current_connections|uptime|time_|lru_crawler_.*total"
    r"|slab_(items_age|hot_age|warm_age))"
)


def rows():
    """Yield (metric, type, group, stat, labels by name) of each line of the exporter's table."""
    for line in TABLE.read_text().splitlines():
        if not line.startswith("#"):
            name, kind, group, stat, labels = [*line.split(), ""][:5]
            yield name, kind, group, stat, dict(pair.split("=") for pair in labels.split(",") if pair)


def groups(server):
    """Return the server's numbers by group and slab class: `numbers[group][slab][stat]`, "" where there is none."""
    numbers: dict[str, dict[str, dict[str, str]]] = {}
    for group in ("stats", "slabs", "items", "settings"):
        by_slab = numbers[group] = {"": {}}
        for name, value in server.stats("" if group == "stats" else group).items():
            match = SLAB.fullmatch(name)
            by_slab.setdefault(match[1] if match else "", {})[match[2] if match else name] = value
    return numbers


def expected_series(numbers):
    """Return what the exporter would tell: the value of each series, and the type of each family."""
    series, types = {}, {}
    has_crawler = numbers["settings"][""].get("lru_crawler") == "yes"
    for name, kind, group, stat, labels in rows():
        for slab, stats in numbers[group].items():
            is_of_slab = labels.get("slab") == "*"
            if stat not in stats or is_of_slab != bool(slab) or ("lru_crawler" in name and not has_crawler):
                continue
            told = ",".join(f'{key}="{slab if text == "*" else text}"' for key, text in labels.items())
            series[in_order(f"{name}{{{told}}}")] = WORDS.get(stats[stat], stats[stat])
            types[name] = kind
    stats = numbers["stats"][""]
    cas = sum(int(stats[stat]) for stat in ("cas_hits", "cas_misses", "cas_badval"))
    series['memcached_commands_total{command="set",status="hit"}'] = int(stats["cmd_set"]) - cas
    for slab, counts in numbers["slabs"].items():
        if slab:
            stored = int(counts["cmd_set"]) - int(counts["cas_hits"]) - int(counts["cas_badval"])
            series[f'memcached_slab_commands_total{{command="set",slab="{slab}",status="hit"}}'] = stored
    series[f'memcached_version{{version="{stats["version"]}"}}'] = 1
    series["memcached_up"] = 1
    return {name: float(value) for name, value in series.items()}, types | dict.fromkeys(
        ("memcached_up", "memcached_version"), "gauge"
    )


def test_names_types_and_values_are_those_of_the_exporter(used_server):
    before, types = expected_series(groups(used_server))
    page = used_server.page()
    after, _ = expected_series(groups(used_server))
    ours = read_series(page)
    assert ours.keys() == before.keys()
    assert read_types(page) == types
    assert len(types) > 75
    standing = {name for name in before if not MOVING.match(name)}
    assert len(standing) > 100
    assert {name: ours[name] for name in standing} == {name: before[name] for name in standing}
    assert {name for name in before.keys() - standing if not before[name] <= ours[name] <= after[name]} <= {
        "memcached_current_connections"  # which also falls
    }


def test_what_happened_is_told(used_server):
    series = read_series(used_server.page())
    told = {
        (command, status): series[f'memcached_commands_total{{command="{command}",status="{status}"}}']
        for command, status in [("get", "hit"), ("get", "miss"), ("cas", "hit"), ("cas", "badval"), ("cas", "miss"),
                                ("incr", "hit"), ("incr", "miss"), ("touch", "hit"), ("delete", "hit"), ("set", "hit")]
    }  # fmt: skip
    assert told == {
        ("get", "hit"): 5, ("get", "miss"): 2, ("cas", "hit"): 1, ("cas", "badval"): 1, ("cas", "miss"): 1,
        ("incr", "hit"): 1, ("incr", "miss"): 1, ("touch", "hit"): 1, ("delete", "hit"): 1, ("set", "hit"): 3,
    }  # fmt: skip
    assert series["memcached_current_items"] == 2
    assert series["memcached_limit_bytes"] == 64 << 20
    assert series["memcached_max_connections"] == 1024
