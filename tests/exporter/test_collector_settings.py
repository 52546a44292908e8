import re
import subprocess
import sys

import msgspec
import pytest

from exporter.assembly import COLLECTORS, SETTINGS
from exporter.base.supplies import Supplies
from exporter.collector_settings import EXCLUSIVE, check_pairs, choose_enabled, find_flag, make_collectors
from exporter.command import exporter
from vigie.core.errors import UsageProblemError
from vigie.core.settings import load
from vigie.stack.servers import find

PAIRS = [
    (name, option.name.removesuffix("_exclude"))
    for name, kind in COLLECTORS.items()
    for option in msgspec.structs.fields(kind.options_type)
    if option.name.endswith("_exclude")
]
EXPRESSIONS = [
    (name, option.name)
    for name, kind in COLLECTORS.items()
    for option in msgspec.structs.fields(kind.options_type)
    if "regexp"
    in (getattr(msgspec.inspect.type_info(option.type), "extra_json_schema", None) or {}).get("description", "")
]


def make(*arguments):
    settings = load("exporter", SETTINGS, exporter.make_context("exporter", list(arguments)).params, {})
    supplies = Supplies()
    try:
        collectors = make_collectors(supplies, settings, COLLECTORS)
    finally:
        supplies.close()
    for collector in collectors.values():
        collector.close()
    return collectors


@pytest.mark.parametrize(("name", "stem"), PAIRS)
def test_an_include_beside_an_exclude_is_refused_where_only_one_counts(name, stem):
    flag = f"--collector.{name}.{stem.replace('_', '-')}"
    given = [f"{flag}-include=a", f"{flag}-exclude=b"]
    if name not in EXCLUSIVE:
        make(*given)
        return
    with pytest.raises(UsageProblemError, match=f"{flag}-exclude and {flag}-include are mutually exclusive"):
        make(*given)
    for argument in given:
        make(argument)


def test_the_pair_is_refused_from_every_source(tmp_path):
    file = tmp_path / "vigie.yml"
    file.write_text("exporter: {collector.netdev.device-include: a}\n")
    environ = {"VIGIE_EXPORTER_COLLECTOR_NETDEV_DEVICE_EXCLUDE": "b"}
    settings = load("exporter", SETTINGS, {"config": file}, environ)
    with pytest.raises(UsageProblemError, match="mutually exclusive"):
        check_pairs(settings, COLLECTORS)


@pytest.mark.integration
@pytest.mark.parametrize(("name", "stem"), [pair for pair in PAIRS if pair[0] not in {"infiniband", "containers"}])
def test_node_exporter_refuses_the_same_pairs(name, stem):
    flag = f"--collector.{name}.{stem.replace('_', '-')}"
    command = [find("node_exporter").path, "--web.listen-address=127.0.0.1:0", f"--collector.{name}"]
    process = subprocess.Popen([*command, f"{flag}-include=a", f"{flag}-exclude=b"], stderr=subprocess.PIPE, text=True)
    try:
        lines = iter(process.stderr.readline, "")
        line_of_interest = next((line for line in lines if "exclusive" in line or "Listening on" in line), "")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    assert ("exclusive" in line_of_interest) == (name in EXCLUSIVE), line_of_interest


@pytest.mark.parametrize(("name", "option"), EXPRESSIONS)
@pytest.mark.parametrize("pattern", ["(", "[[:alpha:]]", r"\z"])
def test_what_is_no_regular_expression_is_refused_with_its_flag(name, option, pattern):
    flag = find_flag(SETTINGS(), f"collector_{name}_{option}")
    with pytest.raises(UsageProblemError, match=re.escape(flag) + ".*expected a regular expression"):
        make(f"{flag}={pattern}")


def test_a_broken_expression_ends_the_start_with_64():
    command = [sys.executable, "-m", "vigie", "exporter", "--no-register", "--collector.netdev.device-include=("]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 64
    assert "--collector.netdev.device-include" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_there_are_expressions_and_pairs_to_test():
    assert ("netdev", "device_include") in EXPRESSIONS
    assert ("filesystem", "mount_points") in PAIRS


def test_switches_and_defaults():
    def names(**switches):
        return set(choose_enabled(SETTINGS(**switches), COLLECTORS))

    assert "cpu" in names()
    assert "processes" not in names()
    assert "cpu" not in names(collector_cpu=False)
    assert names(collector_disable_defaults=True, collector_processes=True) == {"processes"}


@pytest.mark.parametrize("option", ["address_info", "enable_detailed_metrics", "label_ifalias"])
def test_a_switch_of_a_collector_in_file_environment_and_flag(tmp_path, option):
    name, flag = f"collector_netdev_{option}", f"collector.netdev.{option.replace('_', '-')}"
    file = tmp_path / "vigie.yml"
    file.write_text(f"exporter: {{{flag}: true}}\n")
    for flags, environ in (
        ({"config": file}, {}),
        ({}, {f"VIGIE_EXPORTER_{name.upper()}": "true"}),
        ({name: True}, {}),
    ):
        assert getattr(load("exporter", SETTINGS, flags, environ), name) is True
    assert getattr(load("exporter", SETTINGS, {"config": file, name: False}, {}), name) is False
