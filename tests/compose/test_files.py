"""The compose files: understood by docker compose, each service pinned, limited, closed, and asked for its health."""

import re
import shutil
import subprocess

import pytest
from click.testing import CliRunner

from tests.compose.compose_files import FILES, FOLDER, PRODUCTION, ROLES, VALUES, faults, resolved, traefik, understood
from vigie.core.builtin import ROOT
from vigie.stack.consul_acl.command import consul_acl
from vigie.stack.rendering.command import render
from vigie.stack.stack import RESENDING, SETTLING, STARTING

VARIABLE = re.compile(r"\$\{(\w+)[:}]")
GOOD = {
    "image": "prom/prometheus:v3.5.0",
    "read_only": True,
    "user": "65534:65534",
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}},
    "restart": "unless-stopped",
    "healthcheck": {"test": ["CMD", "true"]},
    "deploy": {"resources": {"limits": {"cpus": 1, "memory": "1", "pids": 1}}},
}


@pytest.mark.integration
@pytest.mark.parametrize("name", FILES)
def test_each_service_is_as_it_must_be(name):
    services = understood(name)["services"]
    by_service = {service: faults(service, definition) for service, definition in services.items()}
    assert {service: texts for service, texts in by_service.items() if texts} == {}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"image": "prom/prometheus"}, "image not pinned"),
        ({"image": "prom/prometheus:latest"}, "image not pinned"),
        ({"image": "prom/prometheus:v3"}, "image not pinned"),
        ({"read_only": False}, "file system can be written"),
        ({"user": "0:0"}, "runs as root"),
        ({"cap_drop": []}, "capabilities kept"),
        ({"cap_add": ["NET_ADMIN"]}, "capabilities kept"),
        ({"privileged": True}, "may gain privileges"),
        ({"logging": {}}, "log without limit"),
        ({"ports": [{"target": 9090}]}, "publishes a port"),
        ({"environment": {"GF_SECURITY_ADMIN_PASSWORD": "admin"}}, "secret in the environment"),
        ({"healthcheck": {"disable": True}}, "not asked for its health"),
        ({"volumes": [{"source": "/var/run/docker.sock"}]}, "sees Docker's socket"),
        ({"deploy": {"resources": {"limits": {"cpus": 1, "pids": 1}}}}, "no limit of memory"),
    ],
)
def test_each_fault_is_seen(change, fault):
    assert faults("prometheus", GOOD) == []
    assert faults("prometheus", GOOD | change) == [fault]


@pytest.mark.integration
@pytest.mark.parametrize("name", FILES)
def test_what_is_mounted_is_made_by_our_commands(name, tmp_path):
    """`docker compose config` does not notice a secret whose file is not there; Docker then makes a folder of it."""
    folder = tmp_path / "compose"
    shutil.copytree(FOLDER, folder)
    secrets = folder / "secrets"
    result = CliRunner().invoke(consul_acl, ["init", str(secrets), "--host", "m-1"])
    assert result.exit_code == 0, result.output
    if name != "compose.yaml":  # to a machine goes what is its own
        shutil.copytree(secrets / "hosts" / "m-1", secrets, dirs_exist_ok=True)
    own = "10.0.0.1" if name == "compose.server.yaml" else "10.0.0.11"
    flags = [
        f"--private-address={own}", "--node-name=m-1", "--consul-servers=10.0.0.1,10.0.0.2,10.0.0.3",
        "--monitors=10.0.0.11,10.0.0.12",
    ]  # fmt: skip
    rendered = CliRunner().invoke(render, [ROLES[name], str(folder / "rendered"), *flags])
    assert rendered.exit_code == 0, rendered.output
    for own in ("site", "consul.d"):
        (folder / own).mkdir(exist_ok=True)
    document = resolved(name, folder=folder)
    files = [secret["file"] for secret in document["secrets"].values()]
    mounts = [mount["source"] for service in document["services"].values() for mount in service.get("volumes", ())]
    ours = [path for path in [*files, *mounts] if path.startswith(str(folder))]
    assert len(ours) >= len(files) > 0
    assert [path for path in ours if not (tmp_path / path).exists()] == []


@pytest.mark.integration
@pytest.mark.parametrize("name", FILES)
def test_nothing_listens_where_others_reach_it(name):
    """On a host's own network only the exporter answers at every address, as node_exporter does."""
    for service, definition in understood(name)["services"].items():
        command_line = " ".join(map(str, definition.get("command") or []))
        # Consul's agent is told by its file; the provisioner listens nowhere.
        if definition.get("network_mode") == "host" and service not in {"exporter", "consul-agent", "provision"}:
            assert "0.0.0.0" not in command_line, service
            assert not re.search(r"(address|Addr)[= ]:", command_line), service
            assert "10.0.0.11" in command_line or "127.0.0.1" in command_line, service


@pytest.mark.integration
@pytest.mark.parametrize("variable", sorted({*VALUES, *PRODUCTION}))
def test_a_value_that_is_needed_is_asked_for(variable):
    """Without it docker compose says so, or the file does not need it: an empty host name is never built into a URL."""
    for name in FILES:
        text = (FOLDER / name).read_text() + (FOLDER / "parts.yaml").read_text()
        given = VALUES | (PRODUCTION if name != "compose.yaml" else {})
        if f"${{{variable}:?" in text and variable in (FOLDER / name).read_text():
            with pytest.raises(AssertionError, match=variable):
                resolved(name, values={key: value for key, value in given.items() if key != variable})


@pytest.mark.integration
@pytest.mark.parametrize("name", ["compose.yaml", "compose.monitor.yaml"])
def test_alertmanager_waits_as_natively_before_it_tells(name):
    definitions = understood(name)["services"]
    services = {service: definition for service, definition in definitions.items() if "prom/" in definition["image"]}
    for kind, flags in (("alertmanager", SETTLING + STARTING), ("prometheus", RESENDING)):
        commands = [definition["command"] for service, definition in services.items() if service.startswith(kind)]
        assert commands
        assert all(set(flags) <= set(command) for command in commands)


@pytest.mark.integration
@pytest.mark.parametrize("name", ["compose.yaml", "compose.front.yaml", "compose.monitor.yaml"])
def test_who_provisions_asks_a_prometheus_that_is_there(name):
    """Else it would ask itself which integrations have a target, and never deliver one."""
    services = understood(name)["services"].items()
    provisioners = {key: each for key, each in services if (each.get("command") or [""])[0] == "provision"}
    assert provisioners
    for key, service in provisioners.items():
        urls = service["environment"].get("VIGIE_PROMETHEUS_URL", "").split(",")
        assert all(re.fullmatch(r"http://(prometheus-|10\.0\.0\.1)\d:9090", url) for url in urls), key
        assert len(set(urls)) == (1 if "--local" in service["command"] else 2), key


def test_every_variable_is_in_the_example():
    example = (FOLDER / ".env.example").read_text()
    used = {name for path in FOLDER.glob("*.yaml") for name in VARIABLE.findall(path.read_text())}
    assert {name for name in used if not re.search(rf"^#?{name}=", example, re.MULTILINE)} == set()


def test_traefik_asks_for_a_password_wherever_a_server_has_none():
    static, routes = traefik()
    assert set(static) & {"api"} == set()
    for name, router in routes["routers"].items():
        assert set(router["entryPoints"]) <= set(static["entryPoints"])
        assert router["service"] in routes["services"]
        assert set(router.get("middlewares", ())) <= set(routes["middlewares"])
        if "https" in router["entryPoints"]:
            assert ("users" in router["middlewares"]) == (name != "grafana")
            assert name in {"grafana", "console"} or "!PathPrefix(`/-/`)" in router["rule"]
    published = resolved_ports()
    assert published == {8080, 8443}
    assert {int(static["entryPoints"][name]["address"].strip(":")) for name in ("http", "https")} == published


def resolved_ports():
    text = (FOLDER / "compose.yaml").read_text()
    return {int(port) for port in re.findall(r'^      - "\$\{PUBLISH_ADDRESS.*:(\d+)"$', text, re.MULTILINE)}


def test_make_prepares_the_trial_once(tmp_path):
    folder = tmp_path / "compose"
    shutil.copytree(FOLDER, folder)
    command = ["make", f"COMPOSE={folder}", "DOCKER=echo", "--old-file=.venv/ready", "compose-up"]
    first = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert f"compose --file {folder}/compose.yaml up" in first
    texts = {path: path.read_text() for path in folder.rglob("*") if path.is_file()}
    name = (folder / ".env").read_text().partition("VIGIE_RENDER_NODE_NAME=")[2].splitlines()[0]
    assert (folder / "secrets" / "hosts" / name / "token-exporter") in texts
    assert folder / "rendered" / "prometheus-2.yml" in texts
    second = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert "nothing to make\nnothing to change\n" in second
    assert texts == {path: path.read_text() for path in folder.rglob("*") if path.is_file()}
