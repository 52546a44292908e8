"""The real servers are found, run, and tell their versions; what can't be had gives one sentence."""

import functools
import http.server
import socket
import threading
import urllib.request

import pytest

from vigie.core.errors import ProblemError, UsageProblemError
from vigie.stack import apt, packages, servers
from vigie.stack.progress import Report


@pytest.mark.parametrize(
    ("version", "minimum", "expected"),
    [("2.42.0", "2.42", True), ("3.5.3", "2.42", True), ("2.9.0", "2.42", False), ("unknown", None, True)],
)
def test_versions_are_compared_number_by_number(version, minimum, expected):
    assert servers.is_new_enough(version, minimum) is expected


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(UsageProblemError, match=r"'nginx' is no server.*alertmanager, amtool"):
        servers.find("nginx")


def test_a_newer_program_on_path_wins_and_an_older_one_does_not(tmp_path, monkeypatch):
    program = tmp_path / "prometheus"
    program.write_text("#!/bin/sh\necho 'prometheus, version 9.1.0'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert servers.find("prometheus") == servers.ServerProgram("prometheus", program, "9.1.0", "PATH")
    program.write_text("#!/bin/sh\necho 'prometheus, version 2.41.9'\n")
    assert servers.find_installed("prometheus") is None


def test_an_unreachable_mirror_and_an_empty_cache_is_one_sentence(tmp_path, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        mirror = f"http://127.0.0.1:{closed.getsockname()[1]}/debian"
        monkeypatch.setattr(servers, "find_installed", lambda _name: None)
        with pytest.raises(ProblemError, match=r"mirror http://127\.0\.0\.1.* can't be reached.*not in the cache"):
            servers.find("prometheus", packages.Cache(tmp_path / "cache", mirror))
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


def test_what_a_production_verb_needs_is_never_fetched(tmp_path, monkeypatch):
    monkeypatch.setattr(servers, "find_installed", lambda _name: None)
    monkeypatch.setattr(packages, "fetch", lambda *_: pytest.fail("fetched"))
    monkeypatch.setenv("VIGIE_UP_CACHE", str(tmp_path))
    words = r"amtool 0.25 or newer is neither on PATH nor in .*: install it \(Debian's package is prometheus-alert"
    with pytest.raises(ProblemError, match=words):
        servers.require("amtool")


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Return the address of a mirror that has what lies in `tmp_path`/debian; no server is installed."""
    monkeypatch.setattr(servers, "find_installed", lambda _name: None)
    handler = functools.partial(QuietHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/debian"
        server.shutdown()
        thread.join()


@pytest.mark.integration
@pytest.mark.parametrize("signature", [None, b"-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n"])
def test_a_mirror_that_debian_did_not_sign_is_refused(tmp_path, mirror, signature):
    release = tmp_path / "debian" / "dists" / "bullseye" / "Release"
    release.parent.mkdir(parents=True)
    release.write_text("Origin: Debian\nSuite: bullseye\nCodename: bullseye\nComponents: main\nArchitectures: amd64\n")
    if signature:
        release.with_name("Release.gpg").write_bytes(signature)
    with pytest.raises(ProblemError, match="gave something that Debian did not sign"):
        servers.find("cadvisor", packages.Cache(tmp_path / "cache", mirror))
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


@pytest.mark.integration
def test_a_suite_that_left_the_mirror_is_one_sentence(tmp_path, mirror):
    expected = r"^cadvisor 0\.38 or newer is not on PATH, and the mirror has no Debian bullseye, .* by --mirror"
    with pytest.raises(apt.SuiteMissingError, match=expected):
        servers.find("cadvisor", packages.Cache(tmp_path / "cache", mirror))


class Heard(Report):
    def __init__(self):
        self.percents, self.sentences = [], []

    def progress(self, name, percent, activity="downloading"):
        self.percents.append((name, percent, activity))

    def say(self, sentence):
        self.sentences.append(sentence)


@pytest.mark.integration
def test_what_is_not_there_completely_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(servers, "find_installed", lambda _name: None)
    cache = packages.Cache(tmp_path, None)
    suite = servers.own_suites()[0]
    broken = cache.root("busybox-static", suite) / "usr/bin/busybox"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"\x7fELF half of it")
    broken.chmod(0o755)
    (tmp_path / ".fetch-of-a-killed-run").mkdir()
    report = Heard()
    server = servers.find("busybox", cache, report)
    assert (server.path.name, server.version[:2], server.origin) == ("busybox", "1.", f"Debian {suite}")
    assert report.percents[-1] == ("busybox", 100, "downloading")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"busybox-static@{suite}", "lock"]


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


def test_a_platform_without_debian_packages_is_told_the_way_by_compose(tmp_path, monkeypatch):
    monkeypatch.setattr(servers, "find_installed", lambda _name: None)
    monkeypatch.setattr(servers.apt, "is_supported", lambda: False)
    expected = (
        r"^prometheus 2\.42 or newer is not on PATH, and this platform has no Debian packages .*docker compose up"
    )
    with pytest.raises(ProblemError, match=expected):
        servers.find("prometheus", packages.Cache(tmp_path, None))


def test_grafana_is_never_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GRAFANA_HOME", raising=False)
    with pytest.raises(ProblemError, match=r"grafana 11\.0 or newer is not installed: put it on PATH"):
        servers.find("grafana", packages.Cache(tmp_path, None))
    program = tmp_path / "home" / "bin" / "grafana"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 'grafana version 12.4.0'\n")
    program.chmod(0o755)
    monkeypatch.setenv("GRAFANA_HOME", str(tmp_path / "home"))
    assert servers.find("grafana", packages.Cache(tmp_path, None)).version == "12.4.0"


def test_the_cache_of_a_running_stack_is_used_where_none_is_named(tmp_path, monkeypatch):
    looked_in = []
    monkeypatch.setattr(servers, "find_installed", lambda _name: None)
    monkeypatch.setattr(servers, "_find_cached", lambda _name, cache: looked_in.append(cache.folder))
    monkeypatch.setattr(servers.running_stack, "read", lambda _folder: {"up": {"cache": str(tmp_path)}})
    with pytest.raises(ProblemError, match="neither on PATH nor in"):
        servers.require("promtool")
    monkeypatch.setenv("VIGIE_UP_CACHE", "/elsewhere")
    with pytest.raises(ProblemError, match="neither on PATH nor in /elsewhere"):
        servers.require("promtool")
    assert [str(folder) for folder in looked_in] == [str(tmp_path), "/elsewhere"]
