"""The real servers are found, run, and tell their versions; what can't be had gives one sentence."""

import socket
import urllib.request

import pytest

from vigie.errors import ProblemError, UsageProblemError
from vigie.up import packages, servers


@pytest.mark.parametrize(
    ("version", "minimum", "expected"),
    [("2.42.0", "2.42", True), ("3.5.3", "2.42", True), ("2.9.0", "2.42", False), ("unknown", None, True)],
)
def test_versions_are_compared_number_by_number(version, minimum, expected):
    assert servers.new_enough(version, minimum) is expected


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(UsageProblemError, match=r"'nginx' is no server.*alertmanager, amtool"):
        servers.find("nginx")


def test_a_newer_program_on_path_wins_and_an_older_one_does_not(tmp_path, monkeypatch):
    program = tmp_path / "prometheus"
    program.write_text("#!/bin/sh\necho 'prometheus, version 9.1.0'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert servers.find("prometheus") == servers.Server("prometheus", program, "9.1.0", "PATH")
    program.write_text("#!/bin/sh\necho 'prometheus, version 2.41.9'\n")
    assert servers.installed("prometheus") is None


def test_an_unreachable_mirror_and_an_empty_cache_is_one_sentence(tmp_path, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        mirror = f"http://127.0.0.1:{closed.getsockname()[1]}/debian"
        monkeypatch.setattr(servers, "installed", lambda _name: None)
        with pytest.raises(ProblemError, match=r"mirror http://127\.0\.0\.1.* can't be reached.*not in the cache"):
            servers.find("prometheus", packages.Cache(tmp_path / "cache", mirror))
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


@pytest.mark.integration
def test_consul_keeps_what_it_knows_over_a_restart(consul):
    put = urllib.request.Request(consul.url + "/v1/kv/word", b"kept", method="PUT")
    with urllib.request.urlopen(put) as answer:
        assert answer.read().strip() == b"true"
    consul.stop()
    consul.start()
    with urllib.request.urlopen(consul.url + "/v1/kv/word?raw") as answer:
        assert answer.read() == b"kept"


@pytest.mark.integration
def test_prometheus_and_alertmanager_run_from_the_cache(start_prometheus, start_alertmanager):
    assert start_prometheus().process.poll() is None
    assert start_alertmanager().process.poll() is None
