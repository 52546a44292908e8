"""What runs on a host, from /proc and the container daemon; and the list that `vigie integrations` makes of it."""

import pytest
from click.testing import CliRunner

from exporter.integrations.host_software import read_commands, read_containers, read_listening_ports
from exporter.integrations_command import integrations
from vigie.core.errors import ProblemError, UsageProblemError

STAT = "{} ({}) S 1 1 1 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 5 1000 100 18446744073709551615 1 1 0 0 0 0 0 0 0\n"
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
LISTENING = "   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
CONNECTED = "   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 2 1\n"
LISTENING_6 = "   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 3\n"
HOST = {
    "proc/7/stat": STAT.format(7, "redis-server"),
    "proc/7/cgroup": "0::/system.slice/redis.service\n",
    "proc/8/stat": STAT.format(8, "valkey-server"),
    "proc/8/cgroup": f"0::/system.slice/docker-{'a' * 64}.scope\n",
    "proc/9/stat": STAT.format(9, "nobody-knows"),
    "proc/net/tcp": HEAD + LISTENING + CONNECTED,
    "proc/net/tcp6": HEAD + LISTENING_6,
}


@pytest.fixture
def call(tmp_path, daemon, tree):
    """Return `call(*words)`: the command on a host with a Redis, and the daemon's containers."""
    lines = {
        "path.procfs": tree(HOST).proc,
        "integrations_files": tmp_path / "asked",
        "integrations_folder": tmp_path,
        "docker": daemon.url,
    }
    configuration = tmp_path / "vigie.yml"
    configuration.write_text("exporter:\n" + "".join(f"  {key}: {value}\n" for key, value in lines.items()))

    def call(*words):
        return CliRunner().invoke(integrations, ["--config", str(configuration), *words], catch_exceptions=False)

    return call


def test_processes_of_containers_are_left_out(tree):
    assert read_commands(tree(HOST).proc) == {"redis-server", "nobody-knows"}


def test_ports_that_somebody_listens_on(tree):
    assert read_listening_ports(tree(HOST).proc) == {6379, 22}


def test_containers_are_read_and_one_that_went_is_left_out(daemon):
    daemon.add(2)
    daemon.add(1)
    daemon.containers["f" * 64] = None
    assert [container.name for container in read_containers(daemon.url, 5)] == ["box-1", "box-2"]


def test_list_tells_what_is_watched_and_what_could_be(call, daemon, tmp_path):
    daemon.add(1, Config={"Image": "valkey/valkey:8", "Labels": {"vigie.integration": "redis:6380"}})
    daemon.add(2, Config={"Image": "redis:7", "Labels": {}})
    (tmp_path / "asked").mkdir()
    (tmp_path / "asked" / "cache.yml").write_text("integration: redis\naddress: 127.0.0.1:7000\n")
    lines = call("list").stdout.splitlines()
    watched, proposed = (
        lines[: lines.index("looks known, not watched:")],
        lines[lines.index("looks known, not watched:") :],
    )
    assert [line.split()[:2] for line in watched[1:]] == [["box-1:6380", "redis"], ["127.0.0.1:7000", "redis"]]
    assert proposed[1].split()[:2] == ["box-2", "redis"]
    assert proposed[2].split()[:3] == ["port", "6379", "redis"]
    assert "known:" in lines


def test_list_without_a_daemon_says_so_and_goes_on(call, daemon):
    daemon.stop()
    result = call("list")
    assert "containers are left out" in result.stderr
    assert "port 6379" in result.stdout
    assert "watched: nothing" in result.stdout


def test_show_has_the_manifest(call):
    output = call("show", "redis").stdout
    assert "Redis and Valkey" in output
    assert "a check of port 6379" in output


@pytest.mark.parametrize("words", [("show", "redsi"), ("test", "redsi", "--address", "127.0.0.1:1")])
def test_unknown_name_is_refused_with_the_known_ones(call, words):
    with pytest.raises(UsageProblemError, match=r"'redsi': expected one of .*redis"):
        call(*words)


def test_address_without_a_port_is_refused(call):
    with pytest.raises(UsageProblemError, match="expected HOST:PORT"):
        call("test", "redis", "--address", "127.0.0.1")


def test_try_of_a_server_that_is_not_there_fails(call, free_port):
    with pytest.raises(ProblemError, match=r"redis at .*: unreachable"):
        call("test", "redis", "--address", f"127.0.0.1:{free_port()}")


def test_new_folder_is_known_at_once(call, tmp_path):
    assert call("new", "shopd", "--port", "9400").exit_code == 0
    assert (tmp_path / "shopd" / "integration.yml").is_file()
    assert "http://HOST:9400/metrics" in call("show", "shopd").stdout


def test_set_up_that_is_not_utf_8_is_told_in_a_sentence(call, tmp_path):
    (tmp_path / "shopd").mkdir()
    (tmp_path / "shopd" / "integration.yml").write_text("name: shopd\ntitle: Shop\nendpoint: {port: 9400}\n")
    (tmp_path / "shopd" / "setup.md").write_bytes(b"caf\xe9")
    with pytest.raises(ProblemError, match=r"shopd/setup\.md: expected a readable text file in UTF-8"):
        call("show", "shopd")
