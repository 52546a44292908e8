"""What is rendered is what the servers accept; alone, as a pair, and as pairs that share the targets."""

import json
import subprocess

import pytest
import yaml

from vigie.stack import configurations, templates
from vigie.stack.layout import Layout
from vigie.stack.servers import find
from vigie.stack.settings import Settings


def write(folder, **settings):
    """Return the layout whose configurations now lie in `folder`."""
    layout = Layout(Settings(**settings), folder, {}, "web-1")
    configurations.write_configurations(layout)
    return layout


def prometheus(folder, name="prometheus"):
    document = yaml.safe_load((folder / name / "prometheus.yml").read_text())
    return document, {job["job_name"]: job for job in document["scrape_configs"]}


def consul(folder, name="consul"):
    return json.loads((folder / name / "server.json").read_text())


def test_a_name_without_a_value_is_an_error():
    assert templates.fill_in("a: ${a}", {"a": 1}) == "a: 1"
    with pytest.raises(KeyError, match="b"):
        templates.fill_in("a: ${b}", {"a": 1})


def test_one_of_each_holds_this_hosts_values(tmp_path):
    write(tmp_path, port_offset=1000)
    server = consul(tmp_path)
    assert (server["node_name"], server["ports"]["http"], server["bind_addr"]) == ("web-1", 9500, "127.0.0.1")
    assert (server["bootstrap_expect"], server["retry_join"]) == (1, [])
    document, jobs = prometheus(tmp_path)
    intervals = {"scrape_interval": "5000ms", "scrape_timeout": "5s", "evaluation_interval": "10s"}
    assert document["global"] == {**intervals, "external_labels": {}}
    assert "remote_write" not in document
    assert jobs["applications"]["file_sd_configs"][0]["files"] == [f"{tmp_path}/targets/app-*.json"]
    assert jobs["consul"]["static_configs"] == [{"targets": ["127.0.0.1:9500"]}]
    assert jobs["consul"]["authorization"] is None
    assert "victoria-metrics" not in jobs
    alertmanager = yaml.safe_load((tmp_path / "alertmanager/alertmanager.yml").read_text())
    assert alertmanager["receivers"][0]["webhook_configs"][0]["url"] == "http://127.0.0.1:10112/"


def test_each_of_a_pair_watches_all_that_there_is(tmp_path):
    write(tmp_path, ha=True)
    document, jobs = prometheus(tmp_path, "prometheus-2")
    assert document["global"]["external_labels"] == {"replica": "prometheus-2"}
    targets = {name: job["static_configs"][0]["targets"] for name, job in jobs.items() if "static_configs" in job}
    assert {name: len(addresses) for name, addresses in targets.items()} == {
        "prometheus": 2,
        "alertmanager": 2,
        "consul": 3,
        "vigie-discovery": 2,
        "blackbox": 1,
        "victoria-metrics": 1,
        "vigie-console": 1,
    }
    assert document["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] == targets["alertmanager"]
    assert jobs["hosts"]["file_sd_configs"][0]["files"] == [f"{tmp_path}/targets-2/node.json"]
    assert document["remote_write"][0]["url"] == "http://127.0.0.1:8428/api/v1/write"


def test_the_two_of_a_pair_differ_by_replica_rules_and_targets_alone(tmp_path):
    layout = write(tmp_path, ha=True)
    texts = [(tmp_path / name / "prometheus.yml").read_text() for name in layout.members("prometheus")]
    own = texts[1].replace("prometheus-2", "prometheus").replace("/rules-2", "/rules").replace("/targets-2", "/targets")
    assert own == texts[0]
    alertmanagers = {(tmp_path / name / "alertmanager.yml").read_text() for name in layout.members("alertmanager")}
    assert len(alertmanagers) == 1, "unequal ones would alert"


def test_three_servers_wait_for_each_other_and_do_not_start_from_the_data_of_one(tmp_path):
    write(tmp_path)
    alone = consul(tmp_path)
    write(tmp_path, ha=True)
    first, second = consul(tmp_path), consul(tmp_path, "consul-2")
    assert first["data_dir"] != alone["data_dir"]
    assert (second["node_name"], second["bootstrap_expect"]) == ("web-1-consul-2", 3)
    assert second["retry_join"] == ["127.0.0.1:8301", "127.0.0.1:8401"]


def test_under_access_control_the_token_is_read_from_a_file():
    nobody = ["127.0.0.1:9"]
    values = templates.PrometheusValues("15s", "/rules", "/targets", nobody, nobody, nobody, nobody, "127.0.0.1:9")
    document = yaml.safe_load(templates.render_prometheus(values._replace(consul_token_file="/run/secrets/consul")))
    (job,) = (job for job in document["scrape_configs"] if job["job_name"] == "consul")
    assert job["authorization"] == {"credentials_file": "/run/secrets/consul"}


def test_what_an_installation_has_besides_is_scraped_under_its_own_name():
    nobody = ["127.0.0.1:9"]
    values = templates.PrometheusValues("15s", "/rules", "/targets", nobody, nobody, nobody, nobody, "127.0.0.1:9")
    others = {"grafana": [], "traefik": ["a:1", "b:1"], "vigie-provision": ["a:1", "c:1/drift/metrics"]}
    document = yaml.safe_load(templates.render_prometheus(values._replace(others=others)))
    assert document["scrape_configs"][-2:] == [
        {"job_name": "traefik", "static_configs": [{"targets": ["a:1", "b:1"]}]},
        {
            "job_name": "vigie-provision",
            "static_configs": [
                {"targets": ["a:1"]},
                {"targets": ["c:1"], "labels": {"__metrics_path__": "/drift/metrics"}},
            ],
        },
    ]


@pytest.mark.integration
@pytest.mark.parametrize("settings", [{}, {"ha": True}, {"ha": True, "shards": 2}])
def test_the_servers_own_checkers_accept_the_configurations(tmp_path, settings):
    layout = write(tmp_path, **settings)
    checks = {
        "prometheus": ([find("promtool").path, "check", "config"], "prometheus.yml"),
        "alertmanager": ([find("amtool").path, "check-config"], "alertmanager.yml"),
        "consul": ([find("consul").path, "validate"], "server.json"),
    }
    for kind, (command, file) in checks.items():
        for name in layout.members(kind):
            done = subprocess.run([*command, tmp_path / name / file], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
