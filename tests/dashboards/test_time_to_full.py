"""When file systems are full, as the boards show it: a duration or never, and each device once; promtool judges."""

import subprocess

import pytest
import yaml

from dashboards import boards
from dashboards.panels.board_json import list_panels
from vigie.stack.servers import find

pytestmark = pytest.mark.integration
NODE = 'job="node", dc="dc1", instance="h1"'
# The first of each device is the one that is shown.
MOUNTS = [
    ("/", "/dev/vda1"),
    ("/srv/a", "/dev/vda1"),
    ("/srv", "/dev/vda1"),
    ("/data", "/dev/vdb"),
    ("/a/b", "/dev/vdb"),
]
VARIABLES = {'"$dc"': '"dc1"', '"$instance"': '"h1"', '"$env"': '".*"', '"$team"': '".*"'}
TWO_HOURS, NEVER = 7200, 315_360_000


def series():
    for mount, device in MOUNTS:
        labels = f'{{{NODE}, mountpoint="{mount}", device="{device}", fstype="ext4"}}'
        yield {"series": f"node_filesystem_size_bytes{labels}", "values": "4000x5"}
        yield {"series": f"node_filesystem_avail_bytes{labels}", "values": "1000x5"}
    full = f'{{{NODE}, mountpoint="/data", device="/dev/vdb", fstype="ext4", pace="6h"}}'
    yield {"series": f"vigie:disk_hours_to_full{full}", "values": "2x5"}


def panel_of(uid, title):
    return next(
        panel
        for panel in list_panels(boards.load()[uid]["panels"])
        if panel.get("title") == title and "targets" in panel
    )


def looks_of(panel, heading):
    [override] = [part for part in panel["fieldConfig"]["overrides"] if part["matcher"]["options"] == heading]
    return {part["id"]: part["value"] for part in override["properties"]}


def judge(folder, expression, samples):
    """Let promtool say whether a query returns exactly these: (labels, value)."""
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    expected = [{"labels": labels, "value": value} for labels, value in samples]
    check = {"expr": expression, "eval_time": "3m", "exp_samples": expected}
    test = {"interval": "1m", "input_series": list(series()), "promql_expr_test": [check]}
    (folder / "rules.test.yml").write_text(yaml.safe_dump({"rule_files": [], "tests": [test]}))
    command = [find("promtool").path, "test", "rules", folder / "rules.test.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_device_of_a_host_is_one_row(tmp_path):
    queries = {query["refId"]: query["expr"] for query in panel_of("vigie-host", "File systems")["targets"]}
    rows = [f'{{mountpoint="{mount}", device="{device}", fstype="ext4"}}' for mount, device in (MOUNTS[0], MOUNTS[3])]
    for name, values in {"A": (4000, 4000), "B": (1000, 1000), "C": (0.75, 0.75), "D": (NEVER, TWO_HOURS)}.items():
        judge(tmp_path, queries[name], list(zip(rows, values, strict=True)))


def test_each_device_of_a_fleet_is_one_row(tmp_path):
    queries = {query["refId"]: query["expr"] for query in panel_of("vigie-fleet", "Time to full")["targets"]}
    rows = [f'{{dc="dc1", instance="h1", mountpoint="{mount}"}}' for mount in ("/", "/data")]
    for name, values in {"A": (NEVER, TWO_HOURS), "B": (0.75, 0.75), "C": (1000, 1000)}.items():
        judge(tmp_path, queries[name], list(zip(rows, values, strict=True)))


@pytest.mark.parametrize(
    ("uid", "title", "heading"),
    [("vigie-host", "File systems", "Time to full"), ("vigie-fleet", "Time to full", "Full in")],
)
def test_it_is_a_duration_and_never_where_nothing_fills(uid, title, heading):
    looks = looks_of(panel_of(uid, title), heading)
    assert looks["unit"] == "s"
    assert looks["mappings"][0]["options"][str(NEVER)]["text"] == "never"
    assert [step["value"] for step in looks["thresholds"]["steps"]] == [None, 3 * 86400, 14 * 86400]
