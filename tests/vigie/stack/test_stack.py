"""What runs, in which order, with which arguments."""

import configparser
from pathlib import Path

import pytest

from vigie.stack import configurations, delivery, stack
from vigie.stack.layout import REDUNDANT, Layout
from vigie.stack.servers import ServerProgram
from vigie.stack.settings import Settings

# What a Grafana asks its makers for unless it is told not to: settings of its grafana.ini.
QUIET = [
    ("analytics", "reporting_enabled", "false"),
    ("analytics", "check_for_updates", "false"),
    ("analytics", "check_for_plugin_updates", "false"),
    ("news", "news_feed_enabled", "false"),
    ("plugins", "preinstall_disabled", "true"),
]
FOUND = {name: ServerProgram(name, Path("/opt", name), "2.0", "test") for name in REDUNDANT}


@pytest.fixture
def layout(tmp_path):
    return Layout(Settings(port_offset=1000), tmp_path, FOUND, "web-1")


@pytest.fixture
def pairs(tmp_path):
    return Layout(Settings(ha=True), tmp_path, FOUND, "web-1")


def commands_by_name(layout):
    return {program.name: program.command for program in stack.list_programs(layout)}


def test_the_order_is_that_of_the_chain_and_all_listen_on_loopback(layout):
    programs = list(stack.list_programs(layout))
    names = [program.name for program in programs]
    assert names == ["consul", "exporter", "discovery", "inbox", "alertmanager", "blackbox", "prometheus", "console"]
    assert all(program.url.startswith("http://127.0.0.1:") for program in programs)
    assert "--cluster.listen-address=" in programs[names.index("alertmanager")].command


def test_pairs_and_clusters(pairs):
    by_name = commands_by_name(pairs)
    assert [*by_name][:3] == ["consul", "consul-2", "consul-3"]
    assert {"discovery-2", "alertmanager-2", "prometheus-2", "victoria-metrics"} < by_name.keys()
    assert "--cluster.peer=127.0.0.1:9144" in by_name["alertmanager"]
    assert "--cluster.peer=127.0.0.1:9094" in by_name["alertmanager-2"]
    assert f"--storage.tsdb.path={pairs.folder}/prometheus-2/data" in by_name["prometheus-2"]
    assert "-dedup.minScrapeInterval=5000ms" in by_name["victoria-metrics"]


def test_each_asks_its_own_consul_first_and_then_the_others(pairs):
    def consul_ports(name):
        command = commands_by_name(pairs)[name]
        return [command[number + 1][-4:] for number, word in enumerate(command) if word == "--consul-url"]

    assert consul_ports("exporter") == ["8500", "8550", "8600"]
    assert consul_ports("discovery-2") == ["8550", "8600", "8500"]


def test_a_consul_that_opens_grpc_by_itself_is_told_not_to(layout):
    newer = layout._replace(servers={**FOUND, "consul": FOUND["consul"]._replace(version="1.22.0")})
    older = layout._replace(servers={**FOUND, "consul": FOUND["consul"]._replace(version="1.8.7")})
    assert "-grpc-tls-port=-1" in next(stack.list_programs(newer)).command
    assert "-grpc-tls-port=-1" not in next(stack.list_programs(older)).command


def test_an_installed_grafana_runs_on_loopback_with_a_password_of_its_own(layout, tmp_path):
    layout = layout._replace(
        servers={**FOUND, "grafana": ServerProgram("grafana", tmp_path / "bin/grafana", "12.4.0", "PATH")}
    )
    (tmp_path / "public").mkdir()
    configurations.write_configurations(layout)
    grafana = next(program for program in stack.list_programs(layout) if program.name == "grafana")
    assert grafana.command[1:] == ("server", "--homepath", str(tmp_path))
    assert grafana.environment["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    password = tmp_path / "grafana/password"
    assert password.stat().st_mode & 0o777 == 0o600
    kept = password.read_text()
    configurations.write_configurations(layout)
    assert password.read_text() == kept
    assert delivery.provision_environment(layout)["VIGIE_GRAFANA_PASSWORD_FILE"] == str(password)


def test_grafana_calls_nobody_and_downloads_nothing_here_and_in_compose(layout, tmp_path):
    servers = {**FOUND, "grafana": ServerProgram("grafana", tmp_path / "bin/grafana", "12.4.0", "PATH")}
    configurations.write_configurations(layout._replace(servers=servers))
    programs = stack.list_programs(layout._replace(servers=servers))
    environment = next(program.environment for program in programs if program.name == "grafana")
    file = configparser.ConfigParser()
    file.read(Path(__file__).parents[3] / "compose/grafana/grafana.ini")
    for section, name, value in QUIET:
        assert environment[f"GF_{section}_{name}".upper()] == value
        assert file[section][name] == value


def test_rules_and_routes_are_delivered_to_each_and_grafana_hears_of_it_once(pairs):
    first, second = delivery.provision_commands(pairs, grafana=True)
    assert f"{pairs.folder}/rules" in first
    assert f"{pairs.folder}/rules-2" in second
    assert "http://127.0.0.1:9143" in second
    assert ("--grafana" in first, "--grafana" in second) == (True, False)
    assert "--datasource-url" not in first


def test_of_shards_all_get_rules_and_grafana_asks_the_store_that_has_everything(pairs):
    sharded = pairs._replace(settings=Settings(ha=True, shards=2))
    commands = list(delivery.provision_commands(sharded, grafana=True))
    assert len(commands) == 4
    assert commands[0][-2:] == ("--datasource-url", "http://127.0.0.1:8428")
    assert ["--alertmanager-config" in command for command in commands] == [True, True, False, False]
