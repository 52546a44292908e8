"""The two distributions: what is in them, what they need, and that equal files give equal bytes."""

import re
import runpy
import subprocess
import sys
import sysconfig
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.structure.test_dependencies import AGENT, SERVER, declared, modules_of_the_agent
from tests.test_structure import MODULES, ROOT

TOOL = ROOT / "tools" / "distributions.py"
TOOLS = runpy.run_path(str(TOOL))


def build(folder, *arguments):
    command = [sys.executable, TOOL, "--output", folder, "--version", "1.2.3", *arguments]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return built.stdout.split()[-1]


@pytest.fixture(scope="module")
def agent(tmp_path_factory):
    """Return the path of the agent's wheel."""
    return build(tmp_path_factory.mktemp("dist"), "agent")


def metadata_of(path):
    with zipfile.ZipFile(path) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith("/METADATA"))
        return Parser().parsestr(wheel.read(name).decode())


def test_the_agent_has_all_modules_that_it_may_load_and_the_version(agent):
    with zipfile.ZipFile(agent) as wheel:
        names = set(wheel.namelist())
        assert '__version__ = "1.2.3"' in wheel.read("vigie/_version.py").decode()
    needed = {str(MODULES[module].relative_to(ROOT)) for module in modules_of_the_agent()}
    assert needed - names == set()
    assert {name.split("/")[0] for name in names} == {
        "exporter",
        "integrations",
        "vigie",
        "vigie_agent-1.2.3.dist-info",
    }


def test_the_agent_needs_what_pyproject_declares_for_it(agent):
    metadata = metadata_of(agent)
    assert (metadata["Name"], metadata["Version"]) == ("vigie-agent", "1.2.3")
    required = [text for text in metadata.get_all("Requires-Dist") if "extra ==" not in text]
    assert declared(required) == AGENT


def test_equal_files_give_equal_bytes(agent, tmp_path):
    assert Path(agent).read_bytes() == Path(build(tmp_path, "agent")).read_bytes()


def test_the_agents_wheel_answers_and_names_what_it_lacks(agent, tmp_path):
    with zipfile.ZipFile(agent) as wheel:
        wheel.extractall(tmp_path)
    # Without `site`, this checkout is not on the path.
    path = [str(tmp_path), sysconfig.get_path("purelib")]
    run = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {path}; from vigie.command import main; main()"]
    version = subprocess.run([*run, "--version"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert version.stdout == "vigie, version 1.2.3\n", version.stderr
    lacking = subprocess.run([*run, "discovery", "--help"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert re.search("`vigie discovery` needs discovery, .*vigie-monitoring", lacking.stderr), lacking.stderr


def test_monitoring_declares_all_and_leaves_out_what_a_machine_made(tmp_path):
    TOOLS["stage"]("monitoring", "1.2.3", ROOT, tmp_path)
    project = TOOLS["project"](tmp_path)
    assert project["project"]["name"] == "vigie-monitoring"
    assert declared(project["project"]["dependencies"]) == SERVER
    staged = {path.name for path in tmp_path.rglob("*")}
    assert staged & {"__pycache__", ".env", "secrets", "rendered"} == set()
    assert {"install.sh", "vigie-exporter.service"} <= staged


def test_an_unknown_distribution_is_refused():
    refused = subprocess.run([sys.executable, TOOL, "server"], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stderr) == (1, "'server': expected agent or monitoring\n")
