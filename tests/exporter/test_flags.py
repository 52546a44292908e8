"""Command lines of node_exporter 1.11, whose flags and defaults are in `fixtures/node_exporter/flags.txt`."""

import re
import subprocess
from pathlib import Path

import click
import pytest

from exporter.assembly import COLLECTORS, SETTINGS
from exporter.command import exporter
from exporter.flags import IGNORED, OLD, REFUSED, THEIRS, translate
from vigie.core.errors import UsageProblemError
from vigie.core.settings import Common, load
from vigie.stack.servers import find

RECORDED = (Path(__file__).parent.parent / "fixtures" / "node_exporter" / "flags.txt").read_text().splitlines()


def settings_of(*arguments, environ=None):
    params = exporter.make_context("exporter", list(arguments)).params
    return load("exporter", SETTINGS, params, environ or {}), load("", Common, params, environ or {})


def spellings(line):
    """Return the argument lists that kingpin takes for a flag of the record."""
    flag, separator, value = line.partition("=")
    if separator:
        return [[line], [flag, value]]
    return [[flag], [flag.replace("--", "--no-", 1)]] if flag.startswith("--collector") else [[flag]]


def is_unavailable(flag):
    return flag.startswith("--collector.") and flag.split(".")[1].partition("=")[0] in THEIRS - set(COLLECTORS)


@pytest.mark.parametrize("line", RECORDED)
def test_each_flag_of_node_exporter_is_taken_or_declared(line):
    flag = line.partition("=")[0]
    if flag in REFUSED or is_unavailable(flag):
        with pytest.raises(UsageProblemError, match=re.escape(flag)):
            settings_of(line)
    elif flag in {"--help", "--help-long", "--version"}:
        with pytest.raises(click.exceptions.Exit):
            settings_of(line)
    else:
        for arguments in spellings(line):
            settings_of(*arguments)


@pytest.mark.integration
def test_the_record_and_the_hidden_flags_are_those_of_node_exporter():
    peer = find("node_exporter").path
    run = subprocess.run([peer, "--help-long"], capture_output=True, text=True, check=False)
    flags = re.findall(r"^ {2,6}(?:-h, )?(--[a-zA-Z0-9._-]+)", run.stdout + run.stderr, re.MULTILINE)
    assert flags == [line.partition("=")[0] for line in RECORDED]
    program = Path(peer).read_bytes()
    hidden = {*OLD, *IGNORED, *REFUSED} - set(flags)
    hidden = {flag for flag in hidden if not flag.endswith(("blacklist", "whitelist"))}  # Debian leaves these out
    assert [flag for flag in hidden if flag.removeprefix("--").encode() not in program] == []


def test_no_collector_that_is_missing_can_be_switched_on_but_each_can_be_off():
    collectors = set(COLLECTORS) - {"cpu"}
    arguments, notes = translate(["--no-collector.cpu", "--no-collector.arp"], collectors)
    assert arguments == ["--no-collector.arp"]
    assert [(note.event, note.flag) for note in notes] == [("flag ignored", "--no-collector.cpu")]
    for flag in ("--collector.cpu", "--collector.cpu.guest", "--no-collector.cpu.guest", "--collector.cpu.info=x"):
        with pytest.raises(UsageProblemError, match="no collector cpu"):
            translate([flag], collectors)


@pytest.mark.parametrize("spelling", OLD)
def test_deprecated_spellings_count_and_are_logged(spelling):
    new = OLD[spelling]
    for arguments in ([f"{spelling}=^x$"], [spelling, "^x$"]):
        settings, _ = settings_of(*arguments)
        assert getattr(settings, re.sub("[.-]", "_", new.removeprefix("--"))) == "^x$"
        assert [note.reason for note in translate(arguments, COLLECTORS)[1]] == [f"use {new}"]
    with pytest.raises(UsageProblemError, match="mutually exclusive"):
        settings_of(f"{spelling}=a", f"{new}=b")


def test_logging_in_both_spellings():
    for arguments in (["--log.level=warn", "--log.format=json"], ["--log.level", "warn", "--log.format", "json"]):
        _, common = settings_of(*arguments)
        assert (common.log_level, common.log_format) == ("warning", "json")
    assert settings_of("--log-level=debug")[1].log_level == "debug"


def test_what_has_nothing_to_say_here_is_ignored_with_its_value():
    arguments, notes = translate(["--runtime.gomaxprocs", "2", "--runtime.gomaxprocs=3", "--collector.arp"], COLLECTORS)
    assert arguments == ["--collector.arp"]
    assert [note.flag for note in notes] == ["--runtime.gomaxprocs"] * 2


def test_a_unit_file_of_node_exporter_keeps_working():
    settings, _ = settings_of(
        "--web.listen-address=:9100",
        "--web.listen-address",
        "[::1]:9101",
        "--no-collector.wifi",
        "--no-collector.arp",
        "--collector.textfile.directory=/var/lib/a",
        "--collector.textfile.directory",
        "/var/lib/b",
        "--web.config.file=",
        r"--collector.filesystem.mount-points-exclude=^/(dev|proc)($|/)",
    )
    assert settings.web_listen_address == (":9100", "[::1]:9101")
    assert settings.collector_textfile_directory == ("/var/lib/a", "/var/lib/b")
    assert (settings.collector_arp, settings.collector_cpu, settings.web_config_file) == (False, None, None)
