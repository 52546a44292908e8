"""Rendering of rule files."""

import pytest
import yaml

from alerting.rules import native
from vigie.core.errors import UsageProblemError

RULE = "groups: [{name: g, rules: [{record: a:b, expr: up}]}]"


def test_renders_each_file_under_our_name_with_runbook_links(tmp_path):
    rule = "groups:\n- name: g\n  rules:\n  - alert: DiskFull\n    expr: up\n    annotations:\n      "
    (tmp_path / "disk.yml").write_text(f"{rule}runbook_url: /runbooks/DiskFull\n")
    (tmp_path / "notes.txt").write_text("no rules")
    [(name, text)] = native.render(tmp_path, "https://wiki.example/runbooks").items()
    assert name == "vigie-disk.yml"
    assert text.startswith("# Written by `vigie provision apply` from disk.yml")
    assert text.endswith(f"{rule}runbook_url: https://wiki.example/runbooks/DiskFull\n")


@pytest.mark.parametrize("url", ["", "runbooks", "ftp://x/", "http://x/ #", "http://x/: y", "http://x/\nz: 1"])
def test_refuses_what_is_no_url(tmp_path, url):
    with pytest.raises(UsageProblemError, match="expected an http"):
        native.render(tmp_path, url)


def test_what_grafana_alone_evaluates_is_no_rule_file(tmp_path):
    for name in ("grafana", "host"):
        (tmp_path / f"{name}.yml").write_text(RULE)
    assert native.render(tmp_path, "http://x/").keys() == {"vigie-host.yml"}


@pytest.mark.parametrize("text", ["", "# none", "groups:", "groups: []", "groups: [{name: g}]"])
def test_a_file_without_rules_switches_ours_off(tmp_path, text):
    ours, over = tmp_path / "ours", tmp_path / "site"
    for folder, content in ((ours, RULE), (over, text)):
        folder.mkdir()
        (folder / "host.yml").write_text(content)
    assert native.render(ours, "http://x/", over) == {}


def test_where_grafana_evaluates_alerts_prometheus_keeps_the_recordings(tmp_path):
    rules = "groups:\n- name: g\n  interval: 30s\n  rules:\n  - {alert: A, expr: up == 0}\n"
    (tmp_path / "alerts.yml").write_text(rules)
    (tmp_path / "mixed.yml").write_text(rules + "  - {record: 'job:up:sum', expr: sum by (job) (up)}\n")
    texts = native.render(tmp_path, "http://x/", with_alerts=False)
    assert texts.keys() == {"vigie-mixed.yml"}
    [group] = yaml.safe_load(texts["vigie-mixed.yml"])["groups"]
    assert group == {
        "name": "g",
        "interval": "30s",
        "rules": [{"record": "job:up:sum", "expr": "sum by (job) (up)"}],
    }


def test_files_of_the_site_win_by_name(tmp_path):
    ours, over = tmp_path / "ours", tmp_path / "site"
    for folder, names in ((ours, ("host", "disk")), (over, ("host", "app"))):
        folder.mkdir()
        for name in names:
            (folder / f"{name}.yml").write_text(f"{RULE} # {folder.name}\n")
    texts = native.render(ours, "http://x/", over)
    assert {name: text.splitlines()[-1][-4:] for name, text in texts.items()} == {
        "vigie-app.yml": "site",
        "vigie-disk.yml": "ours",
        "vigie-host.yml": "site",
    }
