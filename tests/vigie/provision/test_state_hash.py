"""The hash of all that is declared."""

import msgspec
import pytest

from vigie.provision.declarations import find_declarations, merge_grafana_objects, merge_rule_files
from vigie.provision.settings import GrafanaServer, Settings
from vigie.provision.state_hash import hash_desired_state
from vigie.reconcile.declaration import DesiredSettings, Inputs

# Another value of each setting that changes a desired object, and so the hash. It must be equal on all machines.
OTHER = {
    "inbox_url": "http://inbox:9112/",
    "board_base_url": "https://grafana.example",
    "runbook_base_url": "http://wiki/",
    "datasource_url": "http://prometheus:9090",
    "datasource_user": "vigie",
    "evaluator": "grafana",
    "notifier": "grafana",
    "scrape_interval": 60.0,
    "integrations": ("redis",),
}
# What changes no desired object, and must not change the hash: where things go, how patient we are, what is kept.
PLACES_AND_PATIENCE = {
    "rules_dir": "/etc/prometheus/rules",
    "alertmanager_config": "/etc/alertmanager/alertmanager.yml",
    "timeout": 1.0,
    "attempts": 9,
    "first_retry_backoff": 9.0,
    "backup_dir": "/var/backups",
    "backups_kept": 9,
    "max_delete": 9,
    "watch_interval": 60.0,
    "web_listen_address": "127.0.0.1:1",
    "web_config_file": "/etc/vigie/web.yml",
}
SECRETS = {"datasource_password_file"}  # a secret is never hashed; that it changed is told by its mark in Grafana
HASHED_IN_PART = {"grafanas"}  # where each Grafana reaches Prometheus is written into it; the rest is where it goes


def hash_of(site=None, **settings):
    chosen = Settings(**settings)
    return hash_desired_state(Inputs(site, chosen), chosen)


def desired(**settings):
    """Return all that is made of the settings alone, but for the data source, which is its settings.

    Nothing has a target: of integrations there is what the settings name.
    """
    chosen = Settings(**settings)
    inputs = Inputs(None, chosen, datasource="vigie-prometheus", integrations=frozenset(chosen.integrations))
    alertmanager = [files.make((0, 28)) for each in find_declarations() if (files := each.alertmanager(inputs))]
    return merge_rule_files(inputs), merge_grafana_objects(inputs), alertmanager


@pytest.fixture
def site(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shop.yml").write_text("groups: []\n")
    return tmp_path


def test_every_setting_is_classified():
    classified = {*OTHER, *PLACES_AND_PATIENCE, *SECRETS, *HASHED_IN_PART}
    assert set(Settings.__struct_fields__) == classified
    assert set(DesiredSettings.__struct_fields__) == set(OTHER)


@pytest.mark.parametrize("name", OTHER)
def test_differs_with_each_setting_that_changes_the_state(name):
    assert hash_of(**{name: OTHER[name]}) != hash_of()


@pytest.mark.parametrize("name", PLACES_AND_PATIENCE)
def test_is_the_same_with_each_other_setting_and_so_is_the_state(name):
    chosen = {name: PLACES_AND_PATIENCE[name]}
    assert hash_of(**chosen) == hash_of()
    assert msgspec.json.encode(desired(**chosen)) == msgspec.json.encode(desired())


@pytest.mark.parametrize("name", ["runbook_base_url", "board_base_url", "inbox_url", "evaluator"])
def test_such_a_setting_does_change_the_state(name):
    assert msgspec.json.encode(desired(**{name: OTHER[name]})) != msgspec.json.encode(desired())


def test_where_a_grafana_reaches_prometheus_is_hashed_and_where_it_is_is_not():
    here = GrafanaServer(name="eu", url="http://a:3000")
    there = msgspec.structs.replace(here, url="http://b:3000")
    elsewhere = msgspec.structs.replace(here, datasource_url="http://eu:9090")
    assert hash_of(grafanas=(here,)) == hash_of(grafanas=(there,)) != hash_of(grafanas=(elsewhere,))


def test_is_the_same_wherever_the_same_is_declared(site, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "rules").mkdir()
    (other / "rules" / "shop.yml").write_text("groups: []\n")
    for name in (".git", "__pycache__"):
        (site / name).mkdir()
        (site / name / "x").write_text("left behind")
    (site / "rules" / "shop.yml~").write_text("an editor's")
    assert hash_of(site) == hash_of(other)


def test_differs_with_each_file_of_the_site(site):
    before = hash_of(site)
    (site / "routes.yml").write_text("{}\n")
    after = hash_of(site)
    (site / "rules" / "shop.yml").rename(site / "rules" / "store.yml")
    assert len({before, after, hash_of(site), hash_of()}) == 4
