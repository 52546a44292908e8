"""The Ansible role on Debian 12, by ansible-core of PyPI in build/ansible; `make packages-trial`, as root.

Ansible runs inside the Debian, with the connection `local`: neither SSH nor another user is tried.
"""

import shutil
import sys
from pathlib import Path

import pytest

from tests.compose.packages_trial import on_debian, repository, run  # noqa: F401 - two are fixtures
from tests.test_structure import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.root]
ANSIBLE = ROOT / "build" / "ansible"
PLAYBOOK = """
- hosts: localhost
  connection: local
  vars: {ansible_python_interpreter: /usr/bin/python3}
  roles:
    - role: vigie_agent
      vars:
        vigie_agent_repository_url: file:/repository
        vigie_agent_repository_key_file: /repository/vigie.asc
        vigie_agent_version: VERSION
        vigie_agent_consul_token: a-token
        vigie_agent_arguments: [--no-register, --no-cloud]
        vigie_agent_environment: {VIGIE_LOG_LEVEL: warning}
"""
BODY = f"""
export ANSIBLE_ROLES_PATH={ROOT}/compose/ansible/roles ANSIBLE_LOCALHOST_WARNING=False
rm -rf /run/systemd /etc/apt/sources.list; cp {{folder}}/*.yml /run/
play() {{{{ {ANSIBLE}/bin/python -m ansible playbook "$@" 2>&1 || echo "exit code $?"; }}}}
play /run/first.yml; play /run/first.yml; play /run/second.yml
cat /etc/default/vigie-exporter; stat -c '%a %U %G' /etc/vigie/token-exporter; cat /etc/vigie/token-exporter
vigie --version; dpkg-query -W vigie-agent
"""


@pytest.fixture(autouse=True)
def _ansible():
    """Make the environment with ansible-core once."""
    if not (ANSIBLE / "bin" / "ansible-playbook").exists():
        shutil.rmtree(ANSIBLE, ignore_errors=True)
        run(sys.executable, "-m", "venv", ANSIBLE)
        run(ANSIBLE / "bin" / "pip", "install", "--quiet", "ansible-core")


def test_the_role_installs_and_upgrades_and_changes_nothing_twice(on_debian, tmp_path):  # noqa: F811
    for name, version in (("first", "1.0.0-1"), ("second", "2.0.0-1")):
        (tmp_path / f"{name}.yml").write_text(PLAYBOOK.replace("VERSION", version))
    python = Path(sys.base_prefix)
    said = on_debian("bookworm", BODY.format(folder=tmp_path), str(ROOT), str(python), str(tmp_path))
    recaps = [line.split("changed=")[1].split()[0] for line in said.splitlines() if "changed=" in line]
    assert len(recaps) == 3, said
    assert int(recaps[0]) >= 4, said
    assert recaps[1:] == ["0", "1"], said
    assert (
        'VIGIE_CONSUL_TOKEN_FILE=/etc/vigie/token-exporter\nVIGIE_LOG_LEVEL=warning\nARGS="--no-register --no-cloud"'
        in said
    )
    assert "640 root vigie\na-token\n" in said
    assert "vigie-agent\t2.0.0-1" in said
