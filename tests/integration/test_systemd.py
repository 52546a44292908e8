"""Our collector against the real node_exporter, both asking a real systemd: a user's manager with units of our own.

All of it runs in namespaces of its own: what systemd mounts or starts ends with them.
"""

import os
import re
import shlex
import shutil
import signal
import sys
import urllib.request
from pathlib import Path

import pytest

from vigie.stack.servers import find

pytestmark = [pytest.mark.integration, pytest.mark.root]
SAMPLE = re.compile(r"^(node_systemd_\S+) (\S+)$", re.MULTILINE)
# Its name is this process's: systemd counts the tasks of a cgroup, and two managers at once share the cgroup of a name.
SLEEPER = f"sleeper-{os.getpid()}.service"
UNITS = {
    "default.target": f"[Unit]\nWants=done.service broken.service {SLEEPER} tick.timer door.socket dbus.service\n",
    "done.service": "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n",
    "broken.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n",
    SLEEPER: "[Service]\nType=exec\nExecStart=/bin/sleep 1000\n",
    "tick.timer": "[Timer]\nOnActiveSec=1ms\nAccuracySec=1ms\nUnit=ticked.service\n",
    "ticked.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
    "door.socket": "[Socket]\nListenStream=%t/door\n",
    "door.service": "[Service]\nExecStart=/bin/cat\n",
}
BUS_UNITS = {
    "dbus.socket": "[Socket]\nListenStream=%t/bus\n",
    "dbus.service": (
        "[Unit]\nRequires=dbus.socket\n[Service]\nType=notify\nNotifyAccess=main\n"
        "ExecStart=dbus-daemon --session --address=systemd: --nofork --nopidfile --systemd-activation\n"
    ),
}
# The system's own sockets lead to the user's manager, so that both exporters find it where they look by default.
SCRIPT = """
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/dbus /run/user/0
ln -s ../user/0/systemd/private /run/systemd/private
ln -s ../user/0/bus /run/dbus/system_bus_socket
export XDG_RUNTIME_DIR=/run/user/0 HOME={folder} SYSTEMD_UNIT_PATH={folder}
systemd --user &
until [ -S /run/systemd/private ]; do sleep 0.1; done
until systemctl --user is-system-running | grep -qE 'running|degraded'; do sleep 0.1; done
PEER &
exec OURS
"""
OPTIONS = [
    "--collector.disable-defaults",
    "--collector.systemd",
    "--collector.systemd.enable-task-metrics",
    "--collector.systemd.enable-restarts-metrics",
    "--collector.systemd.enable-start-time-metrics",
    r"--collector.systemd.unit-exclude=.+\.(automount|device|scope|slice)",
]


@pytest.fixture
def start_exporters(start_program, free_port):
    """Return `start_exporters(units, *peer_options)`: addresses of ours and of node_exporter, with one systemd."""
    started = []

    def start_exporters(units, *peer_options):
        peer_port = free_port()
        peer = [find("node_exporter").path, f"--web.listen-address=127.0.0.1:{peer_port}", *OPTIONS, *peer_options]
        vigie = Path(sys.executable).parent / "vigie"
        ours = [vigie, "exporter", "--no-register", "--web.listen-address=127.0.0.1:{port}", *OPTIONS]
        script = SCRIPT.replace("PEER", shlex.join(map(str, peer))).replace("OURS", shlex.join(map(str, ours)))
        apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        command = [*apart, "sh", "{folder}/run.sh"]
        running = start_program(command, "/metrics", files=units | {"run.sh": script})
        started.append(running)
        return running.url, f"http://127.0.0.1:{peer_port}"

    yield start_exporters
    for running in started:
        running.stop(signal.SIGKILL)  # unshare waits for its child whatever else it is told


def fetch(url):
    with urllib.request.urlopen(url + "/metrics", timeout=10) as answer:
        # An empty label is an absent one.
        page = answer.read().decode().replace(',type=""', "")
    return {series: float(value) for series, value in SAMPLE.findall(page)}


@pytest.mark.parametrize("way", ["private", "bus"])
def test_ours_says_what_node_exporter_says(way, start_exporters, wait_until):
    needed = ["systemd", *(["dbus-daemon"] if way == "bus" else [])]
    if missing := [name for name in needed if not shutil.which(name)]:
        pytest.skip(f"no {' and no '.join(missing)} here")
    units, options = (UNITS | BUS_UNITS, []) if way == "bus" else (UNITS, ["--collector.systemd.private"])
    urls = start_exporters(units, *options)
    ours, theirs = wait_until(lambda: agreeing(*urls), what="the same page of both")
    assert ours == pytest.approx(theirs, rel=1e-12)
    assert ours['node_systemd_unit_state{name="broken.service",state="failed",type="oneshot"}'] == 1
    assert ours[f'node_systemd_unit_state{{name="{SLEEPER}",state="active",type="exec"}}'] == 1
    assert ours[f'node_systemd_unit_tasks_current{{name="{SLEEPER}"}}'] == 1
    assert 'node_systemd_timer_last_trigger_seconds{name="tick.timer"}' in ours
    assert 'node_systemd_socket_refused_connections_total{name="door.socket"}' in ours
    assert ('node_systemd_unit_state{name="dbus.socket",state="active"}' in ours) == (way == "bus")


def agreeing(our_url, their_url):
    """Return both pages once they agree: units may change between the two scrapes."""
    try:
        ours, theirs = fetch(our_url), fetch(their_url)
    except OSError:
        return None
    return (ours, theirs) if theirs and ours == pytest.approx(theirs, rel=1e-12) else None
