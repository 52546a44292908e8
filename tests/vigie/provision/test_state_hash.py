"""The hash of all that is declared."""

import pytest

from vigie.provision.settings import Settings
from vigie.provision.state_hash import state_hash


@pytest.fixture
def site(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shop.yml").write_text("groups: []\n")
    return tmp_path


def test_is_the_same_wherever_the_same_is_declared(site, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "rules").mkdir()
    (other / "rules" / "shop.yml").write_text("groups: []\n")
    here = Settings(rules_dir=site, datasource_url="http://a:9090", attempts=1)
    assert state_hash(site, here) == state_hash(other, Settings(max_delete=3))
    for name in (".git", "__pycache__"):
        (site / name).mkdir()
        (site / name / "x").write_text("left behind")
    (site / "rules" / "shop.yml~").write_text("an editor's")
    assert state_hash(site, here) == state_hash(other, Settings())


@pytest.mark.parametrize(
    "settings",
    [Settings(evaluator="grafana"), Settings(notifier="grafana"), Settings(runbook_base_url="http://wiki/")],
)
def test_differs_with_what_changes_the_state(site, settings):
    assert state_hash(site, settings) != state_hash(site, Settings())


def test_differs_with_each_file_of_the_site(site):
    before = state_hash(site, Settings())
    (site / "routes.yml").write_text("{}\n")
    after = state_hash(site, Settings())
    (site / "rules" / "shop.yml").rename(site / "rules" / "store.yml")
    assert len({before, after, state_hash(site, Settings()), state_hash(None, Settings())}) == 4
