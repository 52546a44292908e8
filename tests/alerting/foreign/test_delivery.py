"""Rule files of others, delivered by the command to a real Prometheus."""

import pytest
import requests

from tests.alerting.foreign.conftest import NODE, OPERATOR
from vigie.stack.servers import find

pytestmark = pytest.mark.integration


@pytest.fixture
def server(start_prometheus):
    running = start_prometheus("rule_files: ['{folder}/rules/*.yml']\n")
    (running.folder / "rules").mkdir()
    return running


@pytest.fixture
def provision(server, vigie, monkeypatch):
    monkeypatch.setenv("PATH", str(find("promtool").path.parent), prepend=":")  # the command itself fetches nothing

    def provision(verb, site):
        flags = ["--rules-dir", str(server.folder / "rules"), "--prometheus-url", server.url]
        return vigie("provision", verb, "--local", "--site", str(site), *flags)

    return provision


def loaded(server):
    groups = requests.get(f"{server.url}/api/v1/rules", timeout=20).json()["data"]["groups"]
    return {group["file"].rsplit("/", 1)[-1] for group in groups if "vigie-foreign-" in group["file"]}


def test_they_come_and_go_and_those_without_rules_disturb_nothing(server, provision, site):
    folder = site({"node.yml": NODE, "team a/k8s.yaml": OPERATOR, "off.rules": "groups: []\n"})
    first = provision("apply", folder)
    assert first.returncode == 0, first.stdout + first.stderr
    assert loaded(server) == {"vigie-foreign-node.yml", "vigie-foreign-team_a-k8s.yml"}
    again = provision("plan", folder)
    assert "0 to create, 0 to update" in again.stdout, again.stdout + again.stderr
    (folder / "rules" / "foreign" / "node.yml").unlink()
    done = provision("apply", folder)
    gone = provision("prune", folder)
    assert (done.returncode, gone.returncode) == (0, 0), done.stderr + gone.stderr
    assert loaded(server) == {"vigie-foreign-team_a-k8s.yml"}
