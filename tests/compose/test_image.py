"""The Dockerfile: without a linter's complaint, pinned, not root, and with nothing of this machine in it."""

import re
import subprocess

import yaml

from vigie.core.builtin import ROOT, builtin

DOCKERFILE = builtin("compose", "Dockerfile")
INSTRUCTIONS = re.sub(r"\\\n", " ", DOCKERFILE.read_text())


def stage(name):
    """Return the instructions of a stage."""
    return re.search(rf"(?ms)^FROM \S+ AS {name}$(.*?)(?=^FROM |\Z)", INSTRUCTIONS).group(1)


def test_hadolint_finds_no_fault(linter):
    checked = subprocess.run([linter("hadolint"), DOCKERFILE], capture_output=True, text=True, check=False)
    assert (checked.stdout, checked.returncode) == ("", 0)


def test_every_image_is_pinned_and_the_tools_are_those_of_the_servers_that_run():
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", INSTRUCTIONS, re.MULTILINE))
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", INSTRUCTIONS, re.MULTILINE))
    images = {
        re.sub(r"\$\{(\w+)\}", lambda match: arguments[match[1]], name)
        for name in re.findall(r"^FROM (\S+)", INSTRUCTIONS, re.MULTILINE)
    }
    assert [name for name in images - stages if not re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+[a-z0-9.-]*", name)] == []
    services = yaml.safe_load(builtin("compose", "parts.yaml").read_text())["services"]
    assert {services["prometheus"]["image"], services["alertmanager"]["image"]} <= images


def test_neither_target_runs_as_root_and_the_agent_has_no_more_than_it_needs():
    assert "USER 10001:10001" in stage("runtime")
    assert "USER" not in stage("agent") + stage("server")
    assert "HEALTHCHECK" in stage("runtime")
    for target, distribution, lock in (("agent", "agent", "agent"), ("server", "monitoring", "server")):
        building = stage(f"build-{target}")
        assert f"--output /dist {distribution} " in building
        assert f"--require-hashes --requirement tools/locks/{lock}.txt " in building


def test_all_that_the_wheel_is_made_of_is_copied_and_nothing_of_this_machine():
    project = (ROOT / "pyproject.toml").read_text()
    packages = re.search(r"(?m)^packages = \[(.*)\]$", project).group(1).replace('"', "").split(", ")
    assert [name for name in packages if f"COPY {name} {name}\n" not in INSTRUCTIONS] == []
    hook = re.search(r'(?m)^path = "(\w+)/\w+\.py"$', project).group(1)  # it runs while the wheel is built
    assert f"COPY {hook} {hook}\n" in INSTRUCTIONS
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in [*packages, hook]} <= set(ignored)
    assert "*" in ignored
    # What is allowed again comes before what is kept out: the last line that matches wins.
    for name in ("compose/.env", "compose/secrets", "compose/rendered"):
        assert ignored.index(name) > ignored.index("!compose")
