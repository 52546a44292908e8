"""What docs/how-to/backup.md says, done: a lost Consul and a lost Alertmanager have everything again."""

import json
import os
import signal
import subprocess

import pytest
import requests
from click.testing import CliRunner

from vigie.provision.downtime_command import downtime
from vigie.stack.consul_acl.command import consul_acl
from vigie.stack.servers import find

pytestmark = pytest.mark.integration


def run(*command, **environment):
    words = [str(word) for word in command]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env={**os.environ, **environment}, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def vigie(command, *arguments):
    """Return what one of our commands prints."""
    done = CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def start_server(start_consul, tmp_path):
    """Return `start_server()`: a new, empty Consul with the same secrets each time; and a way to ask it."""
    secrets = tmp_path / "secrets"
    assert CliRunner().invoke(consul_acl, ["init", str(secrets)]).exit_code == 0
    configuration = json.loads((secrets / "consul-server.json").read_text())

    def start_server():
        acl = {"enabled": True, "default_policy": "deny", **configuration["acl"]}
        server = start_consul(encrypt=configuration["encrypt"], acl=acl, node_name="consul-1")
        headers = {"X-Consul-Token": configuration["acl"]["tokens"]["master"]}
        server.ask = lambda method, path, body=None: requests.request(
            method, server.url + path, json=body, headers=headers, timeout=20
        )
        server.applied = lambda: vigie(consul_acl, "apply", secrets, "--consul-url", server.url).splitlines()
        server.environment = {
            "CONSUL_HTTP_ADDR": server.url,
            "CONSUL_HTTP_TOKEN_FILE": str(secrets / "token-management"),
        }
        return server

    return start_server


def test_a_restored_consul_has_everything(start_server, tmp_path, wait_until):
    lost, file = start_server(), tmp_path / "consul.snapshot"
    lost.applied()
    for number in range(20):
        body = {"Node": f"node-{number}", "Address": f"10.0.0.{number + 1}", "NodeMeta": {"lifecycle": "spot"}}
        row = {"Service": {"Service": "vigie-exporter", "ID": f"e-{number}", "Tags": ["prometheus"], "Port": 9100}}
        lost.ask("PUT", "/v1/catalog/register", body | row).raise_for_status()
    lost.ask("PUT", "/v1/kv/note", "kept").raise_for_status()
    run(find("consul").path, "snapshot", "save", file, **lost.environment)
    before = [lost.ask("GET", path).json() for path in ("/v1/health/service/vigie-exporter", "/v1/acl/policies")]
    lost.stop(signal.SIGKILL)

    restored = start_server()
    assert restored.ask("GET", "/v1/health/service/vigie-exporter").json() == []
    run(find("consul").path, "snapshot", "restore", file, **restored.environment)
    wait_until(lambda: len(restored.ask("GET", "/v1/health/service/vigie-exporter").json()) == 20)
    after = [restored.ask("GET", path).json() for path in ("/v1/health/service/vigie-exporter", "/v1/acl/policies")]
    assert after == before
    assert restored.ask("GET", "/v1/kv/note?raw").text == '"kept"'
    assert restored.applied() == ["nothing to change"]  # every role's policy and token is the one of the files


def test_a_restored_alertmanager_has_every_silence(start_alertmanager, tmp_path):
    lost = start_alertmanager()
    for host, hours in (("web-1", "2h"), ("web-2", "5h")):
        add = ["add", "--match", f"host={host}", "--for", hours, "--comment", f"disk of {host}"]
        vigie(downtime, *add, "--alertmanager-url", lost.url)
    amtool, file = find("amtool").path, tmp_path / "silences.json"
    file.write_text(run(amtool, "silence", "query", "--output=json", f"--alertmanager.url={lost.url}"))
    lost.stop()

    empty = start_alertmanager()
    run(amtool, "silence", "import", "--force", file, f"--alertmanager.url={empty.url}")
    silences = requests.get(empty.url + "/api/v2/silences", timeout=20).json()
    kept = ("matchers", "endsAt", "createdBy", "comment")  # it starts anew at its import
    saved = {json.dumps([silence[key] for key in kept], sort_keys=True) for silence in json.loads(file.read_text())}
    assert {json.dumps([silence[key] for key in kept], sort_keys=True) for silence in silences} == saved
    assert len(saved) == 2
    listed = vigie(downtime, "list", "--alertmanager-url", empty.url)
    assert "disk of web-1" in listed
    assert "disk of web-2" in listed
