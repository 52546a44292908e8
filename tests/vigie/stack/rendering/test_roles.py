"""What each machine's containers read: complete, equal for both ways to run the stack, and refused when incomplete."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from vigie.core.errors import UsageProblemError
from vigie.stack.configurations import write_configurations
from vigie.stack.layout import build_layout
from vigie.stack.rendering.command import render
from vigie.stack.rendering.roles import ROLES, render_files
from vigie.stack.rendering.settings import Settings
from vigie.stack.settings import Settings as NativeSettings

PRODUCTION = Settings(
    node_name="m-1",
    private_address="10.0.0.11",
    consul_servers=("10.0.0.1", "10.0.0.2", "10.0.0.3"),
    monitors=("10.0.0.11", "10.0.0.12"),
    store="10.0.0.21:8428",
    front="10.0.0.21",
)
SERVER = Settings(node_name="c-1", private_address="10.0.0.1", consul_servers=PRODUCTION.consul_servers)
BY_ROLE = {"trial": Settings(), "server": SERVER, "monitor": PRODUCTION, "agent": PRODUCTION}


@pytest.fixture
def native(tmp_path):
    """The folder with what `vigie up --ha` writes."""
    layout = build_layout(NativeSettings(dir=tmp_path / "native", ha=True, scrape_interval=15), {})
    layout.folder.mkdir()
    write_configurations(layout)
    return layout.folder


def shape(value):
    """What is left when addresses, names and paths are taken away: keys, numbers, and lengths of lists."""
    if isinstance(value, dict):
        return {key: shape(layout) for key, layout in value.items()}
    if isinstance(value, list):
        return [shape(layout) for layout in value]
    return type(value).__name__ if isinstance(value, str) else value


# What only one of the two ways has beside it: natively Grafana is there when it is installed.
BESIDES = {"grafana", "traefik", "vigie-console", "vigie-provision"}


def scrape_jobs(configuration):
    """Return the jobs by name; tokens are compose's alone, whose Consul denies by default."""
    jobs = {job["job_name"]: shape(job | {"authorization": None}) for job in configuration["scrape_configs"]}
    return {name: job for name, job in jobs.items() if name not in BESIDES}


@pytest.mark.parametrize(("compose", "up"), [("prometheus-1.yml", "prometheus"), ("prometheus-2.yml", "prometheus-2")])
def test_prometheus_is_told_the_same_natively_and_in_compose(native, compose, up):
    ours = yaml.safe_load(render_files("trial", Settings())[compose])
    theirs = yaml.safe_load((native / up / "prometheus.yml").read_text())
    assert scrape_jobs(ours) == scrape_jobs(theirs)
    assert {"hosts", "applications", "probes", "consul", "victoria-metrics"} <= set(scrape_jobs(ours))
    for key in set(ours) - {"scrape_configs"}:
        assert shape(ours[key]) == shape(theirs[key]), key


@pytest.mark.parametrize("number", [1, 2, 3])
def test_consul_is_told_the_same_natively_and_in_compose(native, number):
    ours = json.loads(render_files("trial", Settings())[f"consul-{number}.json"])
    up = "consul" if number == 1 else f"consul-{number}"
    theirs = json.loads((native / up / "server.json").read_text())
    assert shape(ours | {"ports": set(ours["ports"])}) == shape(theirs | {"ports": set(theirs["ports"])})


def test_blackbox_is_told_the_same_natively_and_in_compose(native):
    assert render_files("trial", Settings())["blackbox.yml"] == (native / "blackbox" / "blackbox.yml").read_text()


@pytest.mark.parametrize("role", ROLES)
def test_what_is_written_is_complete_and_a_second_time_nothing_changes(role, tmp_path):
    for name, text in render_files(role, BY_ROLE[role]).items():
        assert "${" not in text, name
        assert json.loads(text) if name.endswith(".json") else yaml.safe_load(text)
    flags = [f"--node-name={BY_ROLE[role].node_name}", f"--private-address={BY_ROLE[role].private_address}"]
    for name, values in (("consul-servers", BY_ROLE[role].consul_servers), ("monitors", BY_ROLE[role].monitors)):
        flags += [f"--{name}={','.join(values)}"] if values else []
    first = CliRunner().invoke(render, [role, str(tmp_path), *flags], catch_exceptions=False)
    assert len(first.output.splitlines()) == len(render_files(role, BY_ROLE[role]))
    second = CliRunner().invoke(render, [role, str(tmp_path), *flags], catch_exceptions=False)
    assert second.output == "nothing to change\n"


def test_the_two_of_a_pair_differ_by_their_replica_alone():
    first = render_files("monitor", PRODUCTION)["prometheus.yml"]
    second = render_files("monitor", Settings(**asdict(PRODUCTION) | {"private_address": "10.0.0.12"}))[
        "prometheus.yml"
    ]
    assert first.replace("prometheus-1", "prometheus-2") == second
    assert first != second


def jobs(text):
    return {job["job_name"] for job in yaml.safe_load(text)["scrape_configs"]}


def test_monitors_scrape_what_the_trial_scrapes():
    trial = jobs(render_files("trial", Settings())["prometheus-1.yml"])
    assert trial >= BESIDES
    assert jobs(render_files("monitor", PRODUCTION)["prometheus.yml"]) == trial
    without = Settings(**asdict(PRODUCTION) | {"front": "", "store": None})
    assert trial - jobs(render_files("monitor", without)["prometheus.yml"]) == {
        "grafana", "traefik", "vigie-console", "victoria-metrics",
    }  # fmt: skip


def asdict(settings):
    return {name: getattr(settings, name) for name in settings.__struct_fields__}


@pytest.mark.parametrize(
    ("role", "given", "message"),
    [
        ("server", {}, "set --node-name, or VIGIE_RENDER_NODE_NAME"),
        ("server", {"node_name": "a", "private_address": "10.0.0.1"}, "consul_servers is not given"),
        ("monitor", {"private_address": "10.0.0.9", "consul_servers": ("a",), "monitors": ("b",)}, "none of monitors"),
    ],
)
def test_what_is_missing_is_named(role, given, message):
    with pytest.raises(UsageProblemError, match=message):
        render_files(role, Settings(**given))


def test_a_folder_that_can_not_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageProblemError, match="expected a folder that we may write"):
        CliRunner().invoke(render, ["trial", str(Path(tmp_path / "file" / "x"))], catch_exceptions=False)
