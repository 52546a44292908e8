"""What Prometheus itself makes of the configuration: shards share the targets, a mark of the replica goes again."""

import json
import subprocess

import pytest
import yaml

from vigie.stack import proof, templates
from vigie.stack.servers import find

pytestmark = pytest.mark.integration
HOSTS = 40


def wanted(folder, **values):
    nobody = ["127.0.0.1:9"]
    return templates.PrometheusValues(
        "5s", str(folder), str(folder), nobody, nobody, nobody, nobody, "127.0.0.1:9", **values
    )


@pytest.fixture
def kept(tmp_path):
    """Return `kept(shard, shards)`: the targets that a shard keeps, by scrape job, as (job, instance)."""
    for file, job, port in (("node", "node", 9100), ("app-web", "web", 8080)):
        targets = [
            {
                "targets": [f"10.0.0.{number}:{port}"],
                "labels": {"job": job, "instance": f"{job}-{number}", "host": f"h{number}", "dc": "dc1"},
            }
            for number in range(HOSTS)
        ]
        (tmp_path / f"{file}.json").write_text(json.dumps(targets))

    def kept(shard, shards):
        file = tmp_path / "prometheus.yml"
        file.write_text(templates.render_prometheus(wanted(tmp_path, shard=shard, shards=shards)))
        return {job: discovered(file, job) for job in ("hosts", "applications")}

    return kept


def discovered(file, job):
    """Return the hosts of the targets that `promtool check service-discovery` says a scrape job keeps."""
    command = [find("promtool").path, "check", "service-discovery", "--timeout=1s", file, job]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {target["labels"]["host"] for target in json.loads(done.stdout) if target["labels"]}


def test_one_alone_keeps_everything(kept):
    assert {job: len(hosts) for job, hosts in kept(0, 1).items()} == {"hosts": HOSTS, "applications": HOSTS}


def test_shards_share_all_and_what_runs_on_a_machine_stays_together(kept):
    first, second = kept(0, 2), kept(1, 2)
    assert first["hosts"] | second["hosts"] == {f"h{number}" for number in range(HOSTS)}
    assert not first["hosts"] & second["hosts"]
    assert min(len(first["hosts"]), len(second["hosts"])) > HOSTS / 4
    assert (first["hosts"], second["hosts"]) == (first["applications"], second["applications"])


@pytest.fixture
def page(start_program):
    """Serve text as /metrics, returning its address."""

    def page(text):
        command = [find("busybox").path, "httpd", "-f", "-p", "127.0.0.1:{port}", "-h", "{folder}"]
        running = start_program(command, "/metrics", files={"metrics": text})
        return f"127.0.0.1:{running.port}"

    return page


def labels_of(prometheus, metric):
    return [series["metric"] for series in proof.query(prometheus.url, metric)]


def test_a_shard_knows_of_its_own_registered_targets_only(start_prometheus, page, wait_until, kept, tmp_path):
    series = "\n".join(
        f'vigie_discovery_{name}{{target_job="node",target_instance="node-{number}",target_host="h{number}",'
        f'target_dc="dc1"}} 1'
        for name in ("target_registered", "leaving")
        for number in range(HOSTS)
    )
    address = page(f'{series}\nvigie_discovery_targets{{target_job="node"}} {HOSTS}\n')
    values = wanted(tmp_path, shard=1, shards=2)._replace(scrape_interval="1s", discoveries=[address])
    config = templates.render_prometheus(values).replace("scrape_timeout: 5s", "scrape_timeout: 1s")
    prometheus = start_prometheus(config)

    def hosts(metric):
        return {labels.get("target_host") for labels in labels_of(prometheus, metric)}

    wait_until(lambda: hosts("vigie_discovery_targets"))
    ours = kept(1, 2)["hosts"]
    assert hosts("vigie_discovery_target_registered") == ours
    assert hosts("vigie_discovery_leaving") == ours
    assert not any(
        label.startswith("__tmp") for labels in labels_of(prometheus, "vigie_discovery_targets") for label in labels
    )


def test_a_replicas_mark_goes_but_not_what_an_application_calls_so():
    document = yaml.safe_load(
        templates.render_prometheus(wanted("/t", replica="prometheus-2", store_url="http://127.0.0.1:9"))
    )
    for rules in (
        document["alerting"]["alert_relabel_configs"],
        document["remote_write"][0]["write_relabel_configs"],
    ):
        assert rules[0] == {
            "source_labels": ["replica"],
            "regex": "prometheus-2",
            "target_label": "replica",
            "replacement": "",
        }
