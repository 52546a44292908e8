"""A Prometheus with a history of made-up file systems and targets, the same in each run."""

import itertools
import random
import subprocess
import time

from vigie.core.http.client import HttpClient, patient_for
from vigie.core.settings import PrometheusAccess
from vigie.stack.servers import find

STEP_SECONDS, STEPS = 30, 400
DEVICE = 'device="/dev/sda1", fstype="ext4", mountpoint="/"'
CONFIG = f"global: {{evaluation_interval: {STEP_SECONDS}s}}\n"
RULE_FILES = "rule_files: ['{folder}/*.rules.yml']\n"


def series():
    """Return (name and labels, value at each step or None where a scrape was lost), the same in each run."""
    chance = random.Random(17)
    made = []
    for host in ("a", "b", "c"):
        labels = f'job="node", host="{host}", dc="par", instance="{host}:9100"'
        free, up = 50.0, 1
        free_values, up_values = [], []
        for _ in range(STEPS):
            free = chance.choice([free] * 60 + [1.0, 8.0, 8.0, 50.0])
            up = chance.choice([up] * 9 + [1 - up])
            lost = chance.random() < 0.1
            free_values.append(None if lost else free * 2**32)
            up_values.append(up)
        made.append((f"node_filesystem_avail_bytes{{{labels}, {DEVICE}}}", free_values))
        made.append((f"node_filesystem_size_bytes{{{labels}, {DEVICE}}}", [100 * 2.0**32] * STEPS))
        made.append((f"node_filesystem_readonly{{{labels}, {DEVICE}}}", [0] * STEPS))
        made.append((f"up{{{labels}}}", [*up_values]))
    other = 'up{job="web", host="a", dc="par", instance="a:80"}'
    return [*made, (other, [int(step % 50 < 25) for step in range(STEPS)])]


def start_with(start_program, folder, rules=None):
    """Return a Prometheus with this history, which ends about now, and when it begins in milliseconds since 1970.

    `rules` are the texts of rule files that it loads, by name.
    """
    first_seconds = int(time.time()) // STEP_SECONDS * STEP_SECONDS - STEPS * STEP_SECONDS
    page, data = folder / "history.txt", folder / "data"
    page.write_text("\n".join([*_lines(first_seconds), "# EOF", ""]))
    command = [find("promtool").path, "tsdb", "create-blocks-from", "openmetrics", page, data]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    flags = (
        "--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={data}",
        "--web.listen-address=127.0.0.1:{port}",
    )
    server = start_program(
        [find("prometheus").path, *flags], "/-/ready", files={"prometheus.yml": CONFIG + RULE_FILES, **(rules or {})}
    )
    return server, first_seconds * 1000


def _lines(first_seconds):
    """Yield OpenMetrics: the samples of a metric stand together, and labels have no blanks between them."""
    members = sorted(series(), key=lambda member: member[0].partition("{")[0])
    for name, of_name in itertools.groupby(members, key=lambda member: member[0].partition("{")[0]):
        yield f"# TYPE {name} gauge"
        for labels, values in of_name:
            for step, value in enumerate(values):
                if value is not None:
                    yield f"{labels.replace(', ', ',')} {value} {first_seconds + step * STEP_SECONDS}"


def connect(server):
    return HttpClient(PrometheusAccess(url=(server.url,)), patient_for(60))
