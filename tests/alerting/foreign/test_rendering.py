"""What Prometheus and Grafana get of the rule files of others."""

import pytest
import yaml

from alerting.foreign.grafana import make_groups
from alerting.foreign.rendering import render_files, target_name
from tests.alerting.foreign.conftest import NODE, OPERATOR
from vigie.reconcile.declaration import DesiredSettings, Inputs


def test_a_file_in_prometheus_own_form_stays_as_it_is(site):
    texts = render_files(site({"node.yml": NODE}), with_alerts=True)
    assert list(texts) == ["vigie-foreign-node.yml"]
    assert texts["vigie-foreign-node.yml"].endswith(NODE)


def test_a_prometheus_rule_is_unwrapped_without_what_only_kubernetes_reads(site):
    [text] = render_files(site({"k8s.yaml": OPERATOR}), with_alerts=True).values()
    [group] = yaml.safe_load(text)["groups"]
    assert (group["name"], group["interval"], "partial_response_strategy" in group) == ("node", "15s", False)
    assert [rule["alert"] for rule in group["rules"]] == ["FileSystemFull", "FileSystemFull", "ByQuery"]


def test_two_documents_in_a_file_are_one_file(site):
    [text] = render_files(site({"a.yml": f"{NODE}---\n{OPERATOR}"}), with_alerts=True).values()
    assert len(yaml.safe_load(text)["groups"]) == 2


@pytest.mark.parametrize(
    "text", ["groups: []\n", "groups: [{name: g, rules: []}]\n", "groups:\n", "groups: [{name: g}]"]
)
def test_a_file_without_rules_is_not_delivered(site, text):
    assert render_files(site({"off.yml": text, "node.yml": NODE}), with_alerts=True).keys() == {
        "vigie-foreign-node.yml"
    }


def test_without_alerts_what_is_recorded_is_left(site):
    texts = render_files(site({"node.yml": NODE, "k8s.yaml": OPERATOR}), with_alerts=False)
    [group] = yaml.safe_load(texts["vigie-foreign-node.yml"])["groups"]
    assert [rule["record"] for rule in group["rules"]] == ["team:up:count"]
    assert list(texts) == ["vigie-foreign-node.yml"]


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("node.rules", "vigie-foreign-node.yml"),
        ("team a/hôst (1).yaml", "vigie-foreign-team_a-h_st_1_.yml"),
        ("s.m.a.r.t/x.yml", "vigie-foreign-s.m.a.r.t-x.yml"),
    ],
)
def test_names_in_prometheus_folder(name, target):
    assert target_name(name) == target


def test_grafana_gets_the_alerts_with_names_of_their_own(site):
    folder = site({"team/k8s.yaml": OPERATOR, "node.yml": NODE})
    groups = make_groups(Inputs(folder, DesiredSettings(evaluator="grafana"), datasource="prom"))
    assert groups.keys() == {"foreign/team/k8s/node", "foreign/node/node"}
    group = groups["foreign/team/k8s/node"]
    assert group["interval"] == 20, "the next multiple of ten"
    assert [rule["title"] for rule in group["rules"]] == ["FileSystemFull (critical, 1)", "FileSystemFull (warning, 2)"]
    assert len({rule["uid"] for rule in group["rules"]}) == 2
