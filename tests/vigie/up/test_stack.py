"""What is rendered is what the servers accept, and every port moves with the offset."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from vigie.up import stack
from vigie.up.servers import Server, find
from vigie.up.settings import Settings

FOUND = {name: Server(name, Path("/opt", name), "2.0", "test") for name in stack.SERVERS}


@pytest.fixture
def layout(tmp_path):
    return stack.Layout(Settings(port_offset=1000), tmp_path, FOUND, "web-1")


def test_a_name_without_a_value_is_an_error():
    assert stack.render("a: ${a}", {"a": 1}) == "a: 1"
    with pytest.raises(KeyError, match="b"):
        stack.render("a: ${b}", {"a": 1})


def test_every_port_is_moved_and_grafanas_counts_only_when_it_runs(layout):
    assert layout.ports()["consul_port"] == 9500
    assert layout.url("prometheus") == "http://127.0.0.1:10090"
    assert "grafana_port" not in layout.ports()
    with_grafana = layout._replace(servers={**FOUND, "grafana": FOUND["consul"]})
    assert with_grafana.ports()["grafana_port"] == 4000


def test_configurations_hold_this_hosts_values(layout, tmp_path):
    stack.write_configurations(layout)
    consul = json.loads((tmp_path / "consul/server.json").read_text())
    assert (consul["node_name"], consul["ports"]["http"], consul["bind_addr"]) == ("web-1", 9500, "127.0.0.1")
    prometheus = yaml.safe_load((tmp_path / "prometheus/prometheus.yml").read_text())
    assert prometheus["global"] == {"scrape_interval": "5000ms", "scrape_timeout": "5s", "evaluation_interval": "10s"}
    jobs = {job["job_name"]: job for job in prometheus["scrape_configs"]}
    assert jobs["applications"]["file_sd_configs"][0]["files"] == [f"{tmp_path}/targets/app-*.json"]
    assert jobs["consul"]["static_configs"] == [{"targets": ["127.0.0.1:9500"]}]
    alertmanager = yaml.safe_load((tmp_path / "alertmanager/alertmanager.yml").read_text())
    assert alertmanager["receivers"][0]["webhook_configs"][0]["url"] == "http://127.0.0.1:10112/"


def test_the_order_is_that_of_the_chain_and_all_listen_on_loopback(layout):
    programs = list(stack.programs(layout))
    names = [program.name for program in programs]
    assert names == ["consul", "exporter", "discovery", "inbox", "alertmanager", "blackbox", "prometheus"]
    assert all(program.url.startswith("http://127.0.0.1:") for program in programs)
    assert "--cluster.listen-address=" in programs[names.index("alertmanager")].command


def test_a_consul_that_opens_grpc_by_itself_is_told_not_to(layout):
    newer = layout._replace(servers={**FOUND, "consul": FOUND["consul"]._replace(version="1.22.0")})
    older = layout._replace(servers={**FOUND, "consul": FOUND["consul"]._replace(version="1.8.7")})
    assert "-grpc-tls-port=-1" in next(stack.programs(newer)).command
    assert "-grpc-tls-port=-1" not in next(stack.programs(older)).command


def test_an_installed_grafana_runs_on_loopback_with_a_password_of_its_own(layout, tmp_path):
    one = layout._replace(servers={**FOUND, "grafana": Server("grafana", tmp_path / "bin/grafana", "12.4.0", "PATH")})
    (tmp_path / "public").mkdir()
    stack.write_configurations(one)
    grafana = list(stack.programs(one))[-1]
    assert grafana.command[1:] == ("server", "--homepath", str(tmp_path))
    assert grafana.environment["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    password = tmp_path / "grafana/password"
    assert password.stat().st_mode & 0o777 == 0o600
    kept = password.read_text()
    stack.write_configurations(one)
    assert password.read_text() == kept
    assert stack.provision_environment(one)["VIGIE_GRAFANA_PASSWORD_FILE"] == str(password)


@pytest.mark.integration
def test_the_servers_own_checkers_accept_the_configurations(layout, tmp_path):
    stack.write_configurations(layout)
    for command in (
        [find("promtool").path, "check", "config", tmp_path / "prometheus/prometheus.yml"],
        [find("amtool").path, "check-config", tmp_path / "alertmanager/alertmanager.yml"],
        [find("consul").path, "validate", tmp_path / "consul/server.json"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
