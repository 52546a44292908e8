"""A limit that fits nothing is counted as 0 and fires ThresholdUnused, one that fits does not; tried by promtool."""

import subprocess

import pytest
import yaml

from alerting.thresholds import rules
from vigie.core.builtin import builtin
from vigie.stack.servers import find

LIMITS = """
DiskFull:
  - {mountpoint: /var/.*, host: a, value: 5}
  - {mountpoint: /var, host: a, value: 5}
CPUHigh:
  - {host: a, value: 95}
  - {host: b, value: 95}
"""
HOST = 'job="node", instance="a", host="a", dc="par"'
MOUNT = f'node_filesystem_size_bytes{{{HOST}, device="/dev/sda1", fstype="ext4", mountpoint="/var/lib"}}'
# By the labels that a recording has: how many series the limit fits.
COUNTS = {
    ("DiskFull", "mountpoint=~/var/.*, host=a"): 1,
    ("DiskFull", "mountpoint=~/var, host=a"): 0,
    ("CPUHigh", "host=a"): 1,
    ("CPUHigh", "host=b"): 0,
}


def samples(name):
    labels = [f'alert="{alert}", limit="{limit}"' for alert, limit in COUNTS]
    return [
        {"labels": f"{name}{{{text}}}", "value": count} for text, count in zip(labels, COUNTS.values(), strict=True)
    ]


@pytest.mark.integration
def test_a_limit_that_fits_nothing_fires(tmp_path):
    (tmp_path / "thresholds.yml").write_text(LIMITS)
    [(name, text)] = rules.files(tmp_path).items()
    (tmp_path / name).write_text(text)
    unused = [{**sample, "value": 1} for sample in samples("") if not sample["value"]]
    firing = 'max by (alert, limit) (ALERTS{alertname="ThresholdUnused", alertstate="firing"})'
    test = {
        "interval": "1m",
        "input_series": [{"series": f"up{{{HOST}}}", "values": "1x120"}, {"series": MOUNT, "values": "9x120"}],
        "promql_expr_test": [
            {"expr": "vigie:threshold_series", "eval_time": "10m", "exp_samples": samples("vigie:threshold_series")},
            {"expr": firing, "eval_time": "50m", "exp_samples": []},
            {"expr": firing, "eval_time": "80m", "exp_samples": unused},
        ],
    }
    files = [name, str(builtin("alerting", "rules", "provision.yml"))]
    document = {"rule_files": files, "evaluation_interval": "1m", "tests": [test]}
    (tmp_path / "some.test.yml").write_text(yaml.safe_dump(document, width=10**9))
    command = [str(find("promtool").path), "test", "rules", "some.test.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
