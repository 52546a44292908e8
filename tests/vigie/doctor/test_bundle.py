"""The support archive of a real chain in which secrets were planted everywhere: it holds none of them."""

import json
import tarfile

import pytest
import requests
import yaml
from click.testing import CliRunner

from vigie.doctor.command import doctor
from vigie.stack import state

pytestmark = pytest.mark.integration
RECEIVER = (
    "route: {receiver: hook}\nreceivers: [{name: hook, webhook_configs: [{url: 'URL'}], slack_configs: [SLACK]}]\n"
)
SCRAPE = """
scrape_configs:
  - job_name: secretive
    basic_auth: {username: someone, password: PASSWORD}
    params: {token: [PARAMETER]}
    static_configs: [{targets: ["127.0.0.1:9"], labels: {api_key: LABEL}}]
remote_write: [{url: "http://writer:WRITER@127.0.0.1:9/write"}]
"""


def secret(place):
    """Return a secret that tells where it was planted."""
    return f"planted-{place}-0123456789"


@pytest.fixture
def planted(tmp_path, start_consul, start_prometheus, start_alertmanager):
    """Start servers whose configurations and data are full of secrets; return the environment that names them."""
    slack = f"{{channel: x, api_url: 'https://hooks.slack.com/services/{secret('slack')}'}}"
    text = RECEIVER.replace("URL", f"http://hook:{secret('hook')}@127.0.0.1:9/{secret('path')}").replace("SLACK", slack)
    alertmanager = start_alertmanager(text)
    replaced = {"PASSWORD": "password", "PARAMETER": "parameter", "LABEL": "label", "WRITER": "writer"}
    scrape = SCRAPE
    for word, place in replaced.items():
        scrape = scrape.replace(word, secret(place))
    prometheus = start_prometheus(scrape)
    consul = start_consul()
    meta = {"db_password": secret("meta"), "motd": f"Bearer {secret('bearer')}"}
    service = {"Name": "vigie-exporter", "ID": "e", "Port": 9, "Tags": ["prometheus"], "Meta": meta}
    requests.put(f"{consul.url}/v1/agent/service/register", json=service, timeout=10).raise_for_status()
    (tmp_path / "token").write_text(secret("token"))
    return {
        "VIGIE_CONSUL_URL": consul.url.replace("://", f"://someone:{secret('consul')}@"),
        "VIGIE_PROMETHEUS_URL": prometheus.url.replace("://", f"://someone:{secret('prometheus')}@"),
        "VIGIE_ALERTMANAGER_URL": alertmanager.url.replace("://", f"://someone:{secret('alertmanager')}@"),
        "VIGIE_GRAFANA_URL": "http://127.0.0.1:9",
        "VIGIE_GRAFANA_TOKEN": secret("grafana"),
        "VIGIE_PROMETHEUS_USER": "ada",
        "VIGIE_PROMETHEUS_PASSWORD_FILE": str(tmp_path / "token"),
        "VIGIE_DISCOVERY_URL": "http://127.0.0.1:9",
        "VIGIE_DOCTOR_TIMEOUT": "2",
    }


@pytest.fixture
def stack_folder(tmp_path):
    """Return a folder as `vigie up` leaves it, with a secret in a log, a target file and the state."""
    folder = tmp_path / "stack"
    (folder / "logs").mkdir(parents=True)
    (folder / "targets").mkdir()
    (folder / "logs" / "exporter.log").write_text(
        f"level=error event=denied token={secret('log')}\nGET /x?password={secret('query')}\nsaid {secret('grafana')}\n"
    )
    group = {"targets": ["a:1"], "labels": {"__meta_consul_service_metadata_secret": secret("target")}}
    (folder / "targets" / "app-x.json").write_text(json.dumps([group]))
    state.write(
        folder, state.StackState("failed", 1, 1, problem=f"http://someone:{secret('state')}@consul answers nothing")
    )
    return folder


def test_no_planted_secret_is_in_the_archive(planted, stack_folder, tmp_path):
    document = {
        "discovery": {"web.listen-address": "127.0.0.1:1"},
        "provision": {"datasource_url": f"http://someone:{secret('file')}@prometheus"},
    }
    (tmp_path / "vigie.yml").write_text(yaml.safe_dump(document))
    path = tmp_path / "archive.tar.gz"
    arguments = ["bundle", "--output", path, "--dir", stack_folder, "--config", tmp_path / "vigie.yml"]
    result = CliRunner(env=planted).invoke(doctor, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert path.stat().st_mode & 0o777 == 0o600

    with tarfile.open(path) as archive:
        texts = {member.name: archive.extractfile(member).read().decode() for member in archive.getmembers()}
    assert not {name for name, text in texts.items() if "planted-" in text or "planted-" in name}
    names = {name.removeprefix("archive/") for name in texts}
    assert names >= {
        *("versions.json", "settings.json", "diagnosis.json", "up/state.json", "up/targets/app-x.json"),
        *("up/logs/exporter.log", "consul/v1-catalog-nodes.json", "consul/v1-health-service-vigie-exporter.json"),
        *("prometheus/api-v1-targets.json", "prometheus/api-v1-rules.json", "prometheus/api-v1-status-config.json"),
        *("alertmanager/api-v2-status.json", "grafana/api-health.error.txt", "discovery/targets.error.txt"),
    }
    for name, text in texts.items():
        if name.endswith(".json"):
            json.loads(text)
    assert '"db_password"' in texts["archive/consul/v1-health-service-vigie-exporter.json"]


def test_an_archive_that_is_there_is_not_overwritten(tmp_path):
    path = tmp_path / "archive.tar.gz"
    path.write_text("mine")
    result = CliRunner().invoke(doctor, ["bundle", "--output", str(path)])
    assert "can't be written" in str(result.exception)
    assert path.read_text() == "mine"
