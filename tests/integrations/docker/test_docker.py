"""The catalogue, the board, the rules and the set-up beside real daemons."""

import io
import json
import signal
import tarfile

import pytest
import requests

from tests.integrations import native
from tests.integrations.docker.conftest import CHECK, CONFIGURATION, SUITES, read_page, run_daemon

pytestmark = [pytest.mark.integration, pytest.mark.root]
GOROUTINES = "# TYPE go_goroutines gauge"
# Kept by the exporter of that machine, which these tests lack.
OF_EXPORTER = {"Unhealthy containers/A", "Followed by the exporter/A"}


def only_ours(page):
    """Return a page without what Go's own runtime tells: that depends on the Go that it was built with."""
    return "\n".join(line for line in page.splitlines() if not line.startswith("# TYPE go_") or line == GOROUTINES)


def build_badly(daemon):
    """Have the classic builder refuse a Dockerfile."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        file = tarfile.TarInfo("Dockerfile")
        file.size = len(b"NONSENSE\n")
        tar.addfile(file, io.BytesIO(b"NONSENSE\n"))
    with pytest.raises(AssertionError, match="NONSENSE"):
        daemon.call("POST", "/build?version=1", data.getvalue(), "application/x-tar")


def act(daemon):
    daemon.call("GET", "/info")
    daemon.remove(daemon.start("short", ["true"], NetworkMode="none"))


def test_the_catalogue_is_what_real_daemons_tell(daemons):
    for daemon in daemons.values():
        act(daemon)
    native.assert_catalogue_is_what_pages_tell("docker", [only_ours(read_page(each)) for each in daemons.values()])


def test_every_query_of_the_board_has_data(daemons, start_prometheus, wait_until):
    queries = native.list_queries(native.load_board("docker"))
    assert len(queries) > 30
    ports = {version: daemon.port for version, daemon in daemons.items()}
    prometheus = start_prometheus(native.configure("docker", ports), files={"rules.yml": "groups: []"})

    def ask_again():
        for daemon in daemons.values():
            act(daemon)
        build_badly(daemons["20.10"])
        for place in [place for place, query in queries.items() if native.has_data(prometheus, query)]:
            del queries[place]
        return queries.keys() <= OF_EXPORTER

    wait_until(ask_again, what=f"data of {queries}")


def test_faults_are_told_by_name(daemons, start_prometheus, wait_until):
    sick = daemons["20.10"]
    nothing = {"Test": ["CMD", "/nonexistent"], **CHECK}
    sick.start("uncheckable", ["sleep", "1000"], healthcheck=nothing, NetworkMode="none")
    ports = {version: daemon.port for version, daemon in daemons.items()}
    files = {"rules.yml": native.impatient_rules("docker")}
    prometheus = start_prometheus(native.configure("docker", ports), files=files)
    expected = {("DockerHealthChecksFailing", "20.10"), ("DockerBuildsFailing", "20.10")}

    def ask_again():
        build_badly(sick)
        return native.find_firing(prometheus) == expected

    wait_until(ask_again, what="the alerts")
    daemons["28.5"].signal(signal.SIGSTOP)
    try:
        wait_until(lambda: ("DockerDown", "28.5") in native.find_firing(prometheus), what="a daemon that hangs")
    finally:
        daemons["28.5"].signal(signal.SIGCONT)
    wait_until(lambda: native.find_firing(prometheus) == expected, what="the end of it")


@pytest.mark.parametrize("version", SUITES)
def test_the_set_up_and_its_end(tmp_path_factory, version):
    assert json.loads(CONFIGURATION) == {"metrics-addr": "10.0.0.5:9323"}
    with run_daemon(tmp_path_factory.mktemp("set-up"), version) as daemon:
        assert "engine_daemon_engine_info" in read_page(daemon)
        for path in ("/containers/json", "/_ping"):
            assert requests.get(f"http://127.0.0.1:{daemon.port}{path}", timeout=10).status_code == 404
    with (
        run_daemon(tmp_path_factory.mktemp("undone"), version, "{}") as daemon,
        pytest.raises(requests.ConnectionError),
    ):
        read_page(daemon)
