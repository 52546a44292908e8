"""What a stack offers to our other commands: lists of pairs, and folders only where there is one of each."""

import os

import pytest

from discovery.settings import Settings as Discovery
from vigie.console.data.settings import Settings as Console
from vigie.core import running_stack
from vigie.core.settings import Common, fields
from vigie.provision.settings import Settings as Provision
from vigie.stack import state
from vigie.stack.layout import Layout
from vigie.stack.offer import offered_settings
from vigie.stack.servers import ServerProgram
from vigie.stack.settings import Settings


@pytest.fixture
def make_layout(tmp_path):
    return lambda servers=(), **settings: Layout(
        Settings(**settings), tmp_path, dict.fromkeys(servers, ServerProgram), "web-1"
    )


def test_one_of_each_offers_addresses_and_folders(make_layout, tmp_path):
    sections = offered_settings(make_layout(port_offset=1000))
    assert sections[""]["prometheus_url"] == ["http://127.0.0.1:10090"]
    assert "grafana_url" not in sections[""]
    assert sections["discovery"] == {"output": f"{tmp_path}/targets"}
    assert sections["provision"] == {
        "inbox_url": "http://127.0.0.1:10112/",
        "runbook_base_url": "http://127.0.0.1:9080/runbooks/",
        "rules_dir": f"{tmp_path}/rules",
        "alertmanager_config": f"{tmp_path}/alertmanager/alertmanager.yml",
    }


def test_pairs_are_lists_and_have_no_folder_that_stands_for_both(make_layout):
    sections = offered_settings(make_layout(ha=True, shards=2))
    assert len(sections[""]["prometheus_url"]) == 4
    assert len(sections[""]["alertmanager_url"]) == 2
    assert len(sections[""]["consul_url"]) == 3
    assert sections["console"] == {"query_url": "http://127.0.0.1:8428"}
    assert {"rules_dir", "alertmanager_config"} & sections["provision"].keys() == set()


def test_a_grafana_is_offered_with_its_login(make_layout, tmp_path):
    common = offered_settings(make_layout(["grafana"]))[""]
    assert common["grafana_url"] == ["http://127.0.0.1:3000"]
    assert common["grafana_password_file"] == f"{tmp_path}/grafana/password"


def test_every_offered_setting_exists(make_layout):
    kinds = {"": Common, "console": Console, "discovery": Discovery, "provision": Provision, "up": Settings}
    for layout in (make_layout(["grafana"]), make_layout(["grafana"], ha=True, shards=2)):
        for section, values in offered_settings(layout).items():
            assert values.keys() <= {field.name for field in fields(kinds[section])}, section


def test_it_counts_while_the_lock_is_held(make_layout, tmp_path, monkeypatch):
    sections = offered_settings(make_layout())
    with state.lock(tmp_path):
        running_stack.write(tmp_path, sections)
        assert running_stack.read(tmp_path) == sections
        monkeypatch.setattr("os.getppid", os.getpid)
        assert running_stack.read(tmp_path) == {}, "a program of the stack itself"
    monkeypatch.undo()
    assert running_stack.read(tmp_path) == {}
    running_stack.withdraw(tmp_path)
    assert not (tmp_path / "settings.json").exists()
