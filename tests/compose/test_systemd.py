"""The units: keys and values are systemd's, and the exporter works inside their sandbox."""

import configparser
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from exporter.assembly import COLLECTORS
from vigie.core.builtin import builtin

FOLDER = builtin("compose", "systemd")
UNIT = FOLDER / "vigie-exporter.service"
DROP_IN = FOLDER / "vigie-exporter.service.d" / "containers.conf"
VIGIE = Path(sys.executable).parent / "vigie"
# As in `tests/integration/test_systemd.py`: a user's manager in namespaces of its own. It can neither
# make users nor mount.
# What is left is about system calls, capabilities, address families and memory.
ONLY_THE_SYSTEMS_MANAGER = (
    "DynamicUser=", "User=", "After=", "Wants=", "MemoryMax=", "TasksMax=",
    "ProtectSystem=", "ProtectHome=", "ProtectControlGroups=", "ProtectKernel", "ProtectProc=", "ProcSubset=",
    "Private",
)  # fmt: skip
SCRIPT = """
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/user/0
export XDG_RUNTIME_DIR=/run/user/0 HOME={folder} SYSTEMD_UNIT_PATH={folder}
systemd --user &
wait
"""


class Unit(configparser.RawConfigParser):
    """A unit file, whose keys may come several times; the last value is kept."""

    def __init__(self, path):
        super().__init__(strict=False, interpolation=None)
        self.optionxform = str
        self.read_string(path.read_text())


def lines_of(path):
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("path", [*FOLDER.glob("*.service"), DROP_IN], ids=lambda path: path.name)
def test_units_have_keys_in_sections(path):
    assert set(Unit(path).sections()) <= {"Unit", "Service", "Install"}
    assert [line for line in lines_of(path) if not re.fullmatch(r"\[\w+\]|[A-Z]\w+=.*", line)] == []


def test_the_agent_outlives_the_exporter_which_has_time_to_leave():
    unit = Unit(UNIT)
    assert "consul.service" in unit["Unit"]["After"].split()
    assert int(unit["Service"]["TimeoutStopSec"]) > 10
    assert unit["Service"]["RestartPreventExitStatus"] == "64"


def test_what_needs_no_right_has_none():
    assert len(list(FOLDER.glob("*.service"))) == 4
    for path in FOLDER.glob("*.service"):
        service = Unit(path)["Service"]
        assert (service["CapabilityBoundingSet"], service["NoNewPrivileges"]) == ("", "yes"), path.name
        assert service["User"] != "root", path.name
        assert {"MemoryMax", "ProtectSystem", "Restart"} <= set(service), path.name


def test_nothing_that_is_measured_is_hidden():
    service = Unit(UNIT)["Service"]
    forbidden = {"ProtectClock", "ProtectHostname", "PrivateNetwork", "PrivateUsers", "RootDirectory", "PrivateMounts"}
    assert forbidden.isdisjoint(service)
    assert (service["ProtectProc"], service["ProcSubset"], service["ProtectHome"]) == ("default", "all", "read-only")
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_finds_no_fault(tmp_path):
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    units = list(tmp_path.glob("*.service"))
    for unit in units:
        unit.write_text(re.sub("/opt/vigie/bin/vigie|/usr/local/bin/consul", str(VIGIE), unit.read_text()))
    command = ["systemd-analyze", "verify", "--man=no", *units]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    # A manager that can't be reached or a unit that this machine lacks is not the unit's fault.
    assert [line for line in checked.stderr.splitlines() if any(unit.name in line for unit in units)] == []
    assert checked.returncode == 0


@pytest.mark.integration
@pytest.mark.root
def test_collectors_work_in_the_sandbox(start_program, free_port, tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.prom").write_text("a_text 1\n")
    port = free_port()
    flags = f"--no-register --web.listen-address=127.0.0.1:{port} --collector.textfile.directory={tmp_path}/texts"
    text = "\n".join(line for line in lines_of(UNIT) if not line.startswith(ONLY_THE_SYSTEMS_MANAGER))
    text = text.replace("/opt/vigie/bin/vigie exporter $ARGS", f"{VIGIE} exporter {flags}")
    files = {
        "default.target": "[Unit]\nWants=vigie-exporter.service\n",
        "vigie-exporter.service": text.replace("[Service]", "[Service]\nStandardError=append:{folder}/log"),
        "run.sh": SCRIPT,
    }
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    running = start_program([*apart, "sh", "{folder}/run.sh"], "/metrics", port=port, files=files)
    try:
        with urllib.request.urlopen(running.url + "/metrics", timeout=10) as answer:
            page = answer.read().decode()
    finally:
        running.stop(signal.SIGKILL)  # unshare waits for its child whatever else it is told
    states = dict(re.findall(r'^vigie_collector_state{collector="(\w+)",state="(\w+)"}', page, re.MULTILINE))
    assert {name for name, state in states.items() if state not in {"ok", "not_applicable"}} <= {"systemd"}
    assert {"timex", "netdev", "netclass", "filesystem", "cpu", "textfile"} <= {
        name for name, state in states.items() if state == "ok"
    }
    assert set(states) <= set(COLLECTORS)
    assert "\na_text 1\n" in page
