"""Limits of what is on a host: the shipped alerts fire by them and stay quiet by them, tried by promtool."""

import subprocess
from typing import NamedTuple

import pytest
import yaml

from alerting.thresholds import rules
from vigie.core.builtin import builtin
from vigie.stack.servers import find

pytestmark = pytest.mark.integration
HOST = 'job="node", instance="a", host="a", dc="par", env="prod"'
PROBE = 'job="probe-http", dc="par"'
SIZE = "node_filesystem_size_bytes"


class Case(NamedTuple):
    """An alert, its rule file, its limits, series by selector, and the label whose values tell what fires."""

    alert: str
    file: str
    limits: str
    series: dict[str, str]
    label: str
    with_limits: tuple[str, ...]
    by_default: tuple[str, ...]


def mounts(**available):
    """Return file systems of 100 GB by mount point, with so many per cent available."""
    series: dict[str, str] = {}
    for name, percent in available.items():
        where = f'{{{HOST}, device="/dev/{name}", fstype="ext4", mountpoint="/{name.replace("_", "/")}"}}'
        series |= {f"{SIZE}{where}": f"{10**11}x60", f"node_filesystem_readonly{where}": "0x60"}
        series[f"node_filesystem_avail_bytes{where}"] = f"{percent * 10**9}x60"
    return series


def links(**errors):
    """Return links by device with 1000 packets a minute for each hundredth, and so many errors a minute."""
    series = {}
    for device, errors_a_minute in errors.items():
        labels = f'{{{HOST}, device="{device}"}}'
        for direction in ("receive", "transmit"):
            series[f"node_network_{direction}_packets_total{labels}"] = "0+6000x60"
            series[f"node_network_{direction}_errs_total{labels}"] = f"0+{errors_a_minute}x60"
    return series


def containers(**percent):
    """Return containers by name, which use so many per cent of their memory limit."""
    series = {}
    for name, used in percent.items():
        labels = f'{{{HOST}, name="{name.replace("_", "-")}", id="/{name}"}}'
        series[f"container_memory_working_set_bytes{labels}"] = f"{used}x60"
        series[f"container_spec_memory_limit_bytes{labels}"] = "100x60"
    return series


def certificates(**days):
    """Return targets by name, whose certificate ends so many days after the clock's 0, and another job for each."""
    name = 'probe_ssl_earliest_cert_expiry{{job="probe-{}", dc="par", instance="https://{}.example.org/"}}'
    return {name.format(job, target): f"{end * 86400}x120" for target, end in days.items() for job in ("http", "tcp")}


CASES = [
    Case(
        "DiskFull",
        "disk.yml",
        "{mountpoint: /var/.*, env: prod, value: 15}, {mountpoint: /var/lib, env: prod, value: 1}, {env: t, value: 90}",
        mounts(var=10, var_log=10, var_lib=2, srv=2),
        "mountpoint",
        ("/srv", "/var/log"),
        ("/srv", "/var/lib"),
    ),
    Case(
        "NetworkErrors",
        "system.yml",
        "{device: eth.*, value: 5}, {device: eth1, value: 0.5}",
        links(eth0=200, eth1=62, wlan0=200, ib0=20),
        "device",
        ("eth1", "wlan0"),
        ("eth0", "eth1", "wlan0"),
    ),
    Case(
        "ContainerMemoryNearLimit",
        "container.yml",
        "{name: batch-.*, value: 98}, {name: shop, host: a, value: 50}",
        containers(batch_1=95, batch_2=99, shop=60, other=95),
        "name",
        ("batch-2", "other", "shop"),
        ("batch-1", "batch-2", "other"),
    ),
    Case(
        "TLSCertExpires",
        "traefik.yml",
        "{instance: 'https://.*[.]example[.]org/', value: 30}, {instance: 'https://old.example.org/', value: 2}",
        certificates(shop=20, old=10, new=40),
        "instance",
        ("https://shop.example.org/",),
        ("https://old.example.org/",),
    ),
]


def unit_tests(case, files, fires):
    """Return promtool's unit tests of an alert of which it is expected to fire for the values `fires`."""
    series = [{"series": name, "values": values} for name, values in case.series.items()]
    samples = [
        {"labels": f"{{{case.label}={yaml.safe_dump(value, default_style=chr(34)).strip()}}}", "value": 1}
        for value in fires
    ]
    firing = f'max by ({case.label}) (ALERTS{{alertname="{case.alert}", alertstate="firing"}})'
    judged = {"expr": firing, "eval_time": "90m" if case.alert.startswith("TLS") else "40m", "exp_samples": samples}
    test = {"interval": "1m", "input_series": series, "promql_expr_test": [judged]}
    return yaml.safe_dump({"rule_files": files, "evaluation_interval": "1m", "tests": [test]}, width=10**9)


@pytest.mark.parametrize("limited", [True, False])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
def test_a_limit_holds_for_what_it_names_and_the_default_for_the_rest(case, limited, tmp_path):
    (tmp_path / "thresholds.yml").write_text(f"{case.alert}: [{case.limits}]")
    [(name, text)] = rules.files(tmp_path).items()
    (tmp_path / name).write_text(text)
    files = [str(builtin("alerting", "rules", case.file)), *([name] if limited else [])]
    (tmp_path / "some.test.yml").write_text(unit_tests(case, files, case.with_limits if limited else case.by_default))
    for arguments in (("check", "rules", name), ("test", "rules", "some.test.yml")):
        command = [str(find("promtool").path), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
