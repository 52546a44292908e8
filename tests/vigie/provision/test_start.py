"""`vigie provision` is started again and again, by timers and by tests: it loads what its verb needs, and no more."""

import subprocess
import sys

LOADED = (
    "import sys, vigie.provision.command; print(*({'flask', 'apscheduler', 'grafana_client'} & sys.modules.keys()))"
)


def test_the_command_loads_neither_a_server_nor_grafanas_client():
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, timeout=120)
    assert told.stdout.split() == []
