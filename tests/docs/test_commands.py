"""Every shell command in the documents is run, or says beside it why it is not.

Here the first tutorial is run; `make pages` runs all pages (`every_page.py`), each of which takes a minute.

A page's blocks are one session of bash, in a folder and on a loopback of its own (a network namespace), so that ports
are those that the page names.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import PAGES, SHELL, name_of, read_blocks
from tests.test_structure import ROOT
from vigie.stack.servers import find

RUN = [path for path in PAGES if any(block.kind == "run" for block in read_blocks(path))]
FIRST = [path for path in RUN if name_of(path) == "docs/tutorial/first-alert.md"]
GIVEN = {"docs/tutorial/first-alert.md": ("alerting/routes.yml", "alerting/routes.test.yml")}
TIMEOUT_SECONDS = 900  # a bound for what hangs; a quiet machine takes one


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_shell_block_is_run_or_says_why_not(path):
    silent = [
        f"{name_of(path)}:{block.line}: expected `<!-- run -->` or `<!-- not run: WHY -->` on the line before"
        for block in read_blocks(path)
        if block.language in SHELL
        and (block.kind not in {"run", "not run"} or (block.kind == "not run" and not block.detail))
    ]
    assert silent == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_block_of_yaml_can_be_read(path):
    for block in read_blocks(path):
        if block.language == "yaml":
            list(yaml.safe_load_all(block.text))


def script_of(path):
    """Return a page as a script, and write the files that it shows."""
    lines = [
        "set -o errexit -o pipefail",
        "ip link set lo up",
        "trap 'status=$?; set +o errexit; kill $(jobs -p) 2>/dev/null; vigie down >/dev/null 2>&1; exit $status' EXIT",
    ]
    for block in read_blocks(path):
        if block.before:
            lines.append(block.before)
        if block.kind == "run":
            lines += [f"echo '# {name_of(path)}:{block.line}'", block.text]
    return "\n".join(lines)


def write_files(path, folder):
    for block in read_blocks(path):
        if block.kind == "file":
            target = folder / block.detail
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text)
    for name in GIVEN.get(name_of(path), ()):
        (folder / "site").mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / "site")


def environment():
    """Return the environment: our command, promtool and Prometheus on PATH, nothing of a running stack."""
    programs = [Path(sys.executable).parent, Path(find("prometheus").path).parent]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_UP_DIR")}
    return {**kept, "PATH": ":".join([*map(str, dict.fromkeys(programs)), os.environ["PATH"]])}


@pytest.mark.integration
@pytest.mark.root
@pytest.mark.parametrize("path", FIRST, ids=name_of)
def test_every_command_of_a_page_does_what_it_says(path, tmp_path):
    run_page(path, tmp_path)


def run_page(path, folder):
    """Run the commands of a page in a folder, on a loopback of its own."""
    write_files(path, folder)
    script = folder / "commands.sh"
    script.write_text(script_of(path))
    result = subprocess.run(
        ["unshare", "--net", "bash", script.name],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert result.returncode == 0, f"{name_of(path)}: {result.stdout[-3000:]}\n{result.stderr[-3000:]}"
