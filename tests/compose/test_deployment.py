"""What machines that make themselves are given: cloud-init, ECS, Terraform, the Ansible role."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from tests.structure.test_documented_flags import OURS
from vigie.core.builtin import builtin

CLOUD_INIT = builtin("compose", "cloud-init", "vigie-agent.yaml")
TERRAFORM = builtin("compose", "terraform", "autoscaling-group")
ROLE = builtin("compose", "ansible", "roles", "vigie_agent")
TASK = json.loads(builtin("compose", "ecs", "task-definition.json").read_text())


def test_cloud_init_writes_the_repository_before_it_installs():
    text = CLOUD_INIT.read_text()
    assert text.startswith("#cloud-config\n")
    config = yaml.safe_load(text)
    assert {file["path"] for file in config["write_files"]} == {
        "/etc/apt/keyrings/vigie.asc",
        "/etc/apt/sources.list.d/vigie.sources",
        "/etc/default/vigie-exporter",
    }
    assert config["runcmd"][0] == ["apt-get", "update"]
    assert "vigie-agent" in config["runcmd"][1]


@pytest.mark.skipif(shutil.which("cloud-init") is None, reason="needs cloud-init")
def test_cloud_inits_own_schema_accepts_it():
    command = ["cloud-init", "schema", "--config-file", CLOUD_INIT]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_ecs_task_has_flags_that_exist_and_the_rights_of_the_compose_agent():
    (container,) = TASK["containerDefinitions"]
    assert {argument.partition("=")[0] for argument in container["command"][1:]} <= OURS
    agent = yaml.safe_load(builtin("compose", "parts.yaml").read_text())["services"]["exporter"]
    assert container["image"].rpartition("/")[2] == agent["image"].rpartition("}")[2]
    assert (TASK["networkMode"], TASK["pidMode"]) == (agent["network_mode"], agent["pid"])
    assert container["readonlyRootFilesystem"] is agent["read_only"] is True
    assert container["linuxParameters"]["capabilities"]["drop"] == agent["cap_drop"] == ["ALL"]
    assert container["user"].startswith("10001:")


def test_the_ecs_mounts_are_read_only_volumes_that_exist():
    (container,) = TASK["containerDefinitions"]
    assert {mount["sourceVolume"] for mount in container["mountPoints"]} == {v["name"] for v in TASK["volumes"]}
    assert all(mount["readOnly"] for mount in container["mountPoints"])
    service = json.loads(builtin("compose", "ecs", "service.json").read_text())
    assert (service["schedulingStrategy"], service["taskDefinition"]) == ("DAEMON", TASK["family"])


def test_terraform_declares_what_it_uses_and_uses_what_it_declares():
    text = "".join(path.read_text() for path in sorted(TERRAFORM.glob("*.tf")))
    declared = set(re.findall(r'(?m)^variable "(\w+)"', text))
    assert declared == set(re.findall(r"\bvar\.(\w+)", text))
    template = (TERRAFORM / "user-data.yaml.tftpl").read_text()
    given = set(re.findall(r"(?m)^    (\w+) +=", text.partition("templatefile(")[2].partition("})")[0]))
    assert given == {name for inner in re.findall(r"\$\{([^}]*)\}", template) for name in given if name in inner}


@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")
def test_terraform_reads_it_as_formatted():
    command = ["terraform", "fmt", "-check", "-recursive", TERRAFORM]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.stdout, checked.returncode) == ("", 0), checked.stderr


def test_every_variable_of_the_role_has_a_default_and_a_use():
    defaults = set(yaml.safe_load((ROLE / "defaults" / "main.yml").read_text()))
    sources = "".join(path.read_text() for path in ROLE.rglob("*") if path.is_file() and path.parent.name != "defaults")
    registered = set(re.findall(r"register: (\w+)", sources))
    assert set(re.findall(r"\bvigie_agent_\w+", sources)) - registered == defaults


def test_the_role_prints_no_token():
    tasks = yaml.safe_load((ROLE / "tasks" / "main.yml").read_text())
    assert all(
        task.get("no_log") for task in tasks if "vigie_agent_consul_token" in str(task.get("ansible.builtin.copy"))
    )
