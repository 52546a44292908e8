"""What collectors ask of the running kernel, against the real node_exporter on this machine."""

import re
import urllib.request

import pytest

from exporter.base.supplies import Supplies
from exporter.registry import find_collectors
from vigie.stack.servers import find

pytestmark = pytest.mark.integration
SERIES = re.compile(r"^((?:node_)[a-z0-9_]+(?:\{.*\})?) \S+$", re.MULTILINE)
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')
TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)


def series(text):
    keys = set()
    for text_of_series in SERIES.findall(text):
        name, _, labels = text_of_series.partition("{")
        keys.add((name, frozenset(pair for pair in LABEL.findall(labels) if pair[1])))
    return keys


@pytest.mark.parametrize("name", ["ethtool", "network_route", "qdisc"])
def test_series_and_types_are_the_same(name, start_program):
    peer = start_program(
        [
            find("node_exporter").path,
            "--web.listen-address=127.0.0.1:{port}",
            "--web.disable-exporter-metrics",
            "--collector.disable-defaults",
            f"--collector.{name}",
        ],
        "/metrics",
    )
    with urllib.request.urlopen(peer.url + "/metrics", timeout=10) as answer:
        theirs = answer.read().decode()
    supplies = Supplies()
    ours = supplies.make(find_collectors()[name]).page().decode()
    supplies.close()
    own = {key for key in series(theirs) if not key[0].startswith(("node_scrape_", "node_exporter_"))}
    assert series(ours) == own
    types = dict(TYPE.findall(theirs))
    assert {family: types.get(family) for family, _ in TYPE.findall(ours)} == dict(TYPE.findall(ours))
