"""Roles in a real Consul that denies by default: each part can do what it must, and nothing else."""

import json
import stat
import uuid
from pathlib import Path

import bcrypt
import pytest
import requests
from click.testing import CliRunner

from vigie.core.errors import ProblemError, UsageProblemError
from vigie.stack.consul_acl.command import consul_acl
from vigie.stack.consul_acl.roles import fleet_roles, host_roles

DENIED = {403}
HOST = "consul-under-test"


def run(*arguments):
    result = CliRunner().invoke(consul_acl, [str(argument) for argument in arguments])
    if result.exception:
        raise result.exception
    return result.output.splitlines()


@pytest.fixture
def folder(tmp_path):
    run("init", tmp_path / "secrets")
    return tmp_path / "secrets"


class Cluster:
    """A Consul under default deny; `call` is one request with the token in a file, and returns the answer."""

    def __init__(self, running, folder):
        self.running, self.url, self.folder = running, running.url, folder

    def call(self, file, method, path, body=None):
        headers = {"X-Consul-Token": (self.folder / file).read_text().strip()} if file else {}
        return requests.request(method, self.url + path, json=body, headers=headers, timeout=20)

    def apply(self, *flags):
        return run("apply", self.folder, "--consul-url", self.url, *flags)


@pytest.fixture
def start_cluster(start_consul, folder, wait_until):
    """Return `start_cluster(**configuration)`: a server with the folder's secrets, or as configured."""

    def start_cluster(**configuration):
        secret_part = json.loads((folder / "consul-server.json").read_text())
        acl = {"enabled": True, "default_policy": "deny", **configuration.pop("acl", secret_part["acl"])}
        running = start_consul(acl=acl, encrypt=secret_part["encrypt"], node_name=HOST, **configuration)
        cluster = Cluster(running, folder)
        # Where it has no token for it, `start_consul` can't wait for access control.
        wait_until(lambda: cluster.call(None, "GET", "/v1/acl/policies").status_code in DENIED)
        return cluster

    return start_cluster


@pytest.mark.integration
def test_each_role_may_what_it_must_and_nothing_else(start_cluster):
    cluster = start_cluster()
    cluster.apply("--host", HOST)
    service = {"Name": "vigie-exporter", "ID": f"vigie-exporter:{HOST}:9100", "Port": 9100}
    exporter = f"hosts/{HOST}/token-exporter"
    register = ("PUT", "/v1/agent/service/register")
    assert cluster.call(exporter, *register, service).ok
    assert cluster.call(exporter, *register, {"Name": "app-shop", "ID": "app-shop"}).ok
    assert cluster.call(exporter, "GET", "/v1/agent/self").ok
    assert len(cluster.call(exporter, "GET", "/v1/catalog/nodes").json()) == 1
    for name in ("web", "consul", "vigie-exporter-2", "vigie-doctor"):
        assert cluster.call(exporter, *register, {"Name": name, "ID": name}).status_code in DENIED, name

    reads = ("/v1/health/service/vigie-exporter", "/v1/health/service/consul", "/v1/catalog/nodes")
    for role in ("token-discovery", "token-doctor"):
        assert all(cluster.call(role, "GET", path).json() for path in reads), role
        assert cluster.call(role, *register, service).status_code in DENIED
        assert cluster.call(role, "PUT", f"/v1/agent/service/deregister/{service['ID']}").status_code in DENIED
        assert cluster.call(role, "GET", "/v1/agent/metrics").status_code in DENIED
    assert cluster.call("token-prometheus", "GET", "/v1/agent/metrics").ok
    assert cluster.call("token-prometheus", "GET", "/v1/health/service/consul").json() == []

    agent = f"hosts/{HOST}/token-consul-agent"
    node = {"Node": HOST, "Address": "127.0.0.1", "SkipNodeUpdate": False}
    assert cluster.call(agent, "PUT", "/v1/catalog/register", node).ok
    assert cluster.call(agent, "PUT", "/v1/catalog/register", {**node, "Node": "another"}).status_code in DENIED
    everybody = [file.relative_to(cluster.folder) for file in cluster.folder.rglob("token-*")]
    for file in everybody:
        if file.name != "token-management":
            assert cluster.call(file, "GET", "/v1/acl/tokens").status_code in DENIED, file
            assert cluster.call(file, "GET", "/v1/snapshot").status_code in DENIED, file
            assert cluster.call(file, "GET", "/v1/kv/secret").status_code in {*DENIED, 404}, file
            assert cluster.call(file, "PUT", "/v1/kv/secret", "x").status_code in DENIED, file
    assert cluster.call(None, "GET", "/v1/health/service/consul").json() == []


@pytest.mark.integration
def test_what_somebody_changed_comes_back_and_tokens_rotate(start_cluster, tmp_path):
    cluster = start_cluster()
    assert cluster.apply() != ["nothing to change"]
    assert cluster.apply() == ["nothing to change"]
    lines = cluster.apply("--host", "web-*")
    assert "policy created vigie-exporter-web-__" in lines
    assert cluster.apply("--host", "web-*") == ["nothing to change"]

    answer = cluster.call("token-management", "GET", "/v1/acl/policies").json()
    policies = {policy["Name"]: policy["ID"] for policy in answer}
    loose = {"Name": "vigie-doctor", "Rules": 'service_prefix "" { policy = "write" }'}
    cluster.call("token-management", "PUT", f"/v1/acl/policy/{policies['vigie-doctor']}", loose).raise_for_status()
    assert cluster.apply() == ["policy updated vigie-doctor"]
    own = cluster.call("token-discovery", "GET", "/v1/acl/token/self").json()
    more = {"Description": own["Description"], "Policies": [{"Name": "global-management"}]}
    cluster.call("token-management", "PUT", f"/v1/acl/token/{own['AccessorID']}", more).raise_for_status()
    assert cluster.apply() == ["token updated vigie-discovery"]
    assert cluster.call("token-discovery", "GET", "/v1/acl/tokens").status_code in DENIED
    is_rotated(cluster, tmp_path)


def is_rotated(cluster, tmp_path):
    (tmp_path / "old").write_text((cluster.folder / "token-discovery").read_text())
    (cluster.folder / "token-discovery").unlink()
    assert cluster.apply() == ["token created vigie-discovery"]
    read = ("GET", "/v1/acl/token/self")
    assert cluster.call(tmp_path / "old", *read).ok  # until everybody has the new one
    assert cluster.apply("--revoke") == ["token revoked vigie-discovery"]
    assert cluster.call(tmp_path / "old", *read).status_code in DENIED
    assert cluster.call("token-discovery", *read).ok
    assert cluster.apply("--revoke") == ["nothing to change"]


@pytest.mark.integration
def test_a_cluster_without_a_token_gives_its_first_one_once(start_cluster, tmp_path):
    cluster = start_cluster(acl={})
    new = tmp_path / "new"
    assert "token created vigie-discovery" in run("apply", new, "--consul-url", cluster.url)
    assert uuid.UUID((new / "token-management").read_text().strip())
    assert run("apply", new, "--consul-url", cluster.url) == ["nothing to change"]
    with pytest.raises(ProblemError, match="no longer allowed"):
        run("apply", tmp_path / "newer", "--consul-url", cluster.url)
    assert not (tmp_path / "newer" / "token-management").exists()
    with pytest.raises(ProblemError, match="denies"):
        run("apply", tmp_path / "newer", "--consul-url", cluster.url, "--consul-token-file", new / "token-doctor")


def test_secrets_are_made_once_and_are_closed_to_others(folder):
    before = {path.name: path.read_text() for path in folder.iterdir()}
    assert run("init", folder) == ["nothing to make"]
    assert before == {path.name: path.read_text() for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    user, _, hashed = before["web-users"].strip().partition(":")
    assert (user, bcrypt.checkpw(before["web-password"].strip().encode(), hashed.encode())) == ("admin", True)
    assert len({before[name] for name in before if name.startswith("token-")}) == len(fleet_roles()) + 1


def test_a_hosts_files_are_made_without_consul(folder):
    run("init", folder, "--host", "web-1")
    own = folder / "hosts" / "web-1"
    assert sorted(path.name for path in own.iterdir()) == ["consul-agent.json", "token-consul-agent", "token-exporter"]
    configuration = json.loads((own / "consul-agent.json").read_text())
    assert configuration["encrypt"] == (folder / "consul-gossip-key").read_text().strip()
    assert configuration["acl"] == {"tokens": {"agent": (own / "token-consul-agent").read_text().strip()}}
    inode = (own / "consul-agent.json").stat().st_ino
    run("init", folder, "--host", "web-1")
    assert (own / "consul-agent.json").stat().st_ino == inode


def test_an_empty_secret_is_refused(folder):
    (folder / "postgres-password").unlink()
    (folder / "postgres-password").touch()
    with pytest.raises(UsageProblemError, match="postgres-password is empty"):
        run("init", folder)


def test_no_two_hosts_share_a_name_in_consul():
    hosts = ("web-1", "web-1.a", "web-1-a", "web-1-*", "web-*", "web")
    names = [role.consul_name for host in hosts for role in host_roles(host)]
    assert len(set(names)) == len(names)
    assert {role.name: role.rules for role in host_roles("web-*")}["consul-agent"].count('node_prefix "web-"') == 1


@pytest.mark.parametrize("host", ["", "*", "a b", 'a" { policy = "write" } #', "../x", "a_b", "a..b", "a/b", "é"])
def test_what_is_no_hosts_name_is_refused(host):
    with pytest.raises(UsageProblemError, match="expected a name"):
        host_roles(host)


def test_the_folder_can_not_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageProblemError, match="expected a folder"):
        run("init", Path(tmp_path / "file" / "secrets"))
