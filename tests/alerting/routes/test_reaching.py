"""Who hears of an alert, told as amtool tells it."""

import itertools

import pytest
import yaml

from alerting.routes import desired, tree
from alerting.routes.reaching import find_receivers
from alerting.routes.receivers import Facts
from alerting.routes.render import render as render_files
from alerting.tools import amtool
from vigie.stack.servers import find

ROUTES = """
receivers: {chat: {inbox: true}, pager: {inbox: true}, pay: {inbox: true}, log: {inbox: true}}
routes:
- {match: ['service=~"pay|card"'], receivers: [pay, log], continue: true}
- {match: ['service!="shop"', team="web"], receivers: log, routes: [{match: [host=a], receivers: pager}]}
teams: {web: {critical: [pager, chat]}}
default: {critical: pager, warning: chat, info: nobody}
severities:
  critical: {wait: 5s, repeat: 4h, also: [page]}
  warning: {wait: 5s, repeat: 4h}
  info: {wait: 5s, repeat: 4h}
grouping: {by: [alertname], interval: 1m}
immediate: [Quick]
"""


def test_our_own_cases():
    routes, downtimes, cases = desired.load(None)
    root = tree.render(routes, downtimes)
    assert [find_receivers(root, case.labels) for case in cases] == [case.receivers for case in cases]


@pytest.mark.integration
def test_the_same_receivers_as_amtool(tmp_path):
    (tmp_path / "routes.yml").write_text(ROUTES)
    routes, downtimes, _ = desired.load(tmp_path)
    files = render_files(routes, downtimes, Facts((0, 27, 0), "http://127.0.0.1:9/"), "http://127.0.0.1:9/")
    (tmp_path / "alertmanager.yml").write_text(files.configuration)
    root = yaml.safe_load(files.configuration)["route"]
    tool = find("amtool").path
    values = {"service": ("pay", "payments", "shop"), "team": ("web", ""), "severity": ("critical", "page", "info")}
    for chosen in itertools.product(*values.values(), ("a", "b")):
        labels = dict(zip([*values, "host"], chosen, strict=True)) | {
            "alertname": "Quick" if chosen[-1] == "b" else "X"
        }
        labels = {name: value for name, value in labels.items() if value}
        expected = amtool.receivers(tool, tmp_path / "alertmanager.yml", labels)
        assert find_receivers(root, labels) == tuple(dict.fromkeys(expected)), labels
