"""A running stack supplies what nobody says, and nothing that belongs to another server than its own."""

import fcntl
import json
import os

import click
import msgspec
import pytest
from click.testing import CliRunner

from vigie.core import running_stack
from vigie.core.settings import Common, fields, load, options

OTHER_PROCESS = 1  # not the parent of this one


class Provision(msgspec.Struct, frozen=True):
    rules_dir: str | None = None
    inbox_url: str = "http://127.0.0.1:9112/"
    attempts: int = 3


@pytest.fixture
def start_stack(tmp_path, monkeypatch):
    """Return `start_stack(**common)`: what a supervisor that runs in the folder `stack` leaves there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(running_stack, "_announced", set())
    folder = tmp_path / "stack"
    folder.mkdir()
    with (folder / "lock").open("w") as lock:

        def start_stack(pid=OTHER_PROCESS, **common):
            fcntl.flock(lock, fcntl.LOCK_EX)
            sections = {"": common, "provision": {"rules_dir": "/stack/rules", "inbox_url": "http://127.0.0.1:10112/"}}
            (folder / "settings.json").write_text(json.dumps({"supervisor_pid": pid, "sections": sections}))
            return folder

        yield start_stack


def read_common(folder, environ=None, **flags):
    options = {field.name: None for field in fields(Common)}
    return load("", Common, {"running_stack": folder, **options, **flags}, environ or {})


def read_provision(folder, environ=None, **flags):
    options = {field.name: None for field in fields(Provision)}
    return load("provision", Provision, {"running_stack": folder, **options, **flags}, environ or {})


def test_the_stack_wins_over_defaults_and_everything_else_over_the_stack(start_stack, tmp_path):
    folder = start_stack(prometheus_url=["http://127.0.0.1:10090", "http://127.0.0.1:10140"], consul_url=["http://c:1"])
    assert read_common(folder).prometheus.url == ("http://127.0.0.1:10090", "http://127.0.0.1:10140")
    assert read_common(folder).alertmanager.url == Common().alertmanager.url
    assert read_common(folder, prometheus_url=("http://a",)).prometheus.url == ("http://a",)
    assert read_common(folder, {"VIGIE_PROMETHEUS_URL": "http://b"}).prometheus.url == ("http://b",)
    config = tmp_path / "vigie.yml"
    config.write_text("prometheus_url: http://c\n")
    mixed = read_common(folder, config=config)
    assert (mixed.prometheus.url, mixed.consul.url) == (("http://c",), ("http://c:1",))


def test_the_folder_is_named_by_flag_environment_or_file_and_is_dot_vigie_else(start_stack, tmp_path):
    folder = start_stack(consul_url=["http://c:1"])
    assert read_common(None).consul.url == Common().consul.url
    assert read_common(None, {"VIGIE_UP_DIR": "stack"}).consul.url == ("http://c:1",)
    config = tmp_path / "vigie.yml"
    config.write_text("up: {dir: stack}\n")
    assert read_common(None, config=config).consul.url == ("http://c:1",)
    (tmp_path / ".vigie").symlink_to(folder)
    assert read_common(None).consul.url == ("http://c:1",)


def test_a_stack_that_has_ended_supplies_nothing(start_stack):
    folder = start_stack(consul_url=["http://c:1"])
    with (folder / "lock").open() as other:
        (folder / "lock").rename(folder / "lock-of-the-dead")
        (folder / "lock").touch()
        assert read_common(folder).consul.url == Common().consul.url
        assert not other.closed


@pytest.mark.parametrize("text", ["", "{", "[]", '{"supervisor_pid": "x", "sections": {}}'])
def test_a_file_that_makes_no_sense_supplies_nothing(start_stack, text):
    folder = start_stack(consul_url=["http://c:1"])
    (folder / "settings.json").write_text(text)
    assert read_common(folder).consul.url == Common().consul.url


@pytest.mark.root
def test_what_another_user_left_in_the_folder_supplies_nothing(start_stack):
    folder = start_stack(consul_url=["http://c:1"])
    os.chown(folder / "settings.json", 65534, 65534)
    assert read_common(folder).consul.url == Common().consul.url


def test_the_programs_of_the_stack_itself_are_told_by_flags_alone(start_stack):
    assert read_common(start_stack(os.getppid(), consul_url=["http://c:1"])).consul.url == Common().consul.url


def test_only_commands_that_have_the_option_take_anything(start_stack):
    start_stack(consul_url=["http://c:1"])
    assert load("", Common, {}, {"VIGIE_UP_DIR": "stack"}).consul.url == Common().consul.url


def test_a_password_goes_to_the_stacks_own_grafana_alone(start_stack):
    folder = start_stack(grafana_url=["http://127.0.0.1:3000"], grafana_user="admin", grafana_password_file="/p")
    assert read_common(folder).grafana.user == "admin"
    elsewhere = read_common(folder, grafana_url=("https://grafana.example",))
    assert (elsewhere.grafana.user, elsewhere.grafana.password_file) == (None, None)


def test_folders_go_with_the_stacks_own_server_alone(start_stack):
    folder = start_stack()
    assert read_provision(folder).rules_dir == "/stack/rules"
    assert read_provision(folder, prometheus_url=("http://other",)).rules_dir is None
    assert read_provision(folder, {"VIGIE_PROMETHEUS_URL": "http://other"}).rules_dir is None
    assert read_provision(folder, rules_dir="/mine").rules_dir == "/mine"


def test_it_is_said_once_on_standard_error(start_stack):
    folder = start_stack(prometheus_url=["http://127.0.0.1:10090"], consul_url=["http://127.0.0.1:9500"])

    @click.command()
    @options(Provision, common=("prometheus_url",))
    def command(**flags):
        click.echo(json.dumps(load("", Common, flags, {}).prometheus.url))
        load("provision", Provision, flags, {})

    result = CliRunner().invoke(command, ["--dir", str(folder)])
    assert result.stderr == f"taking addresses from the stack in {folder}\n"
    assert json.loads(result.stdout) == ["http://127.0.0.1:10090"]
    said = CliRunner().invoke(
        command, ["--dir", str(folder), "--prometheus-url", "http://a", "--inbox-url", "http://b"]
    )
    assert said.stderr == ""


def test_who_asks_none_of_the_stacks_servers_has_no_such_option():
    @click.command()
    @options(Provision, common=("consul_url",))
    def command(**flags): ...

    assert "--dir" not in CliRunner().invoke(command, ["--help"]).output
