"""The catalogue agrees with what our exporter is tested to emit."""

import re
from pathlib import Path

import promql_parser
import yaml

from alerting import lint
from dashboards import boards
from dashboards.panels.board_json import list_panels
from vigie.core.builtin import builtin
from vigie.core.promql import expression
from vigie.core.promql.expression import substitute

# Of the runner around all collectors, whose values no golden can hold.
OF_THE_RUNNER = {"node_scrape_collector_duration_seconds", "node_scrape_collector_success"}
# The time of a file on this machine.
OF_THE_RUNNER |= {"node_textfile_mtime_seconds"}
# What no fixture tree can hold, or is off by default: an ioctl of btrfs (tests/exporter/collectors/test_btrfs.py), the
# restarts that systemd tells over D-Bus when asked, and lines of kernels and modules that the trees lack.
OF_NO_FIXTURE = {"node_btrfs_device_errors_total", "node_systemd_service_restart_total"}
OF_NO_FIXTURE |= {"node_memory_Hugetlb_bytes", "node_zfs_arc_c_min"}
GOLDEN = Path(__file__).parents[3] / "golden"


def golden():
    texts = [path.read_text() for path in sorted(GOLDEN.glob("*.prom"))]
    return dict(pair for text in texts for pair in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))


def expressions():
    for path in builtin("alerting", "rules").glob("*.yml"):
        for group in lint._groups(yaml.safe_load(path.read_text())):
            yield from (rule["expr"] for rule in group["rules"])
    for board in boards.load().values():
        yield from (target["expr"] for panel in list_panels(board["panels"]) for target in panel.get("targets", ()))


def test_every_node_metric_in_boards_and_rules_is_in_a_golden():
    nodes = [node for text in expressions() for node in expression._nodes(promql_parser.parse(substitute(text)))]
    used = {expression.metric_name(node) for node in nodes if isinstance(node, promql_parser.VectorSelector)}
    node = {name for name in used if name and name.startswith("node_")}
    assert len(node) > 30
    assert node - golden().keys() - OF_THE_RUNNER - OF_NO_FIXTURE == set()


def test_no_name_is_twice_in_a_file():
    for path in builtin("vigie", "core", "promql", "catalogue").glob("*.txt"):
        names = [line.split()[0] for line in path.read_text().splitlines() if line and not line.startswith("#")]
        assert sorted({name for name in names if names.count(name) > 1}) == [], path.name
