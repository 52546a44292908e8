"""Options of commands: a flag for each setting, for secrets none."""

import click
from click.testing import CliRunner

from tests.vigie.core.settings.example import Example
from vigie.core.settings import Common, fields, load, options


def test_options_give_a_flag_for_each_setting_but_no_secret():
    @click.command()
    @options(Example)
    def command(**flags):
        click.echo(str(load("up", Example, flags, {})))

    runner = CliRunner()
    result = runner.invoke(command, ["--count", "5", "--web.address", "x", "--loud", "--pause", "2m"])
    assert result.output.strip() == str(Example(count=5, address=("x",), loud=True, pause=120.0))
    assert runner.invoke(command, ["--token", "s3cret"]).exit_code == 2
    assert "How many." in runner.invoke(command, ["--help"]).output


def test_no_common_setting_that_holds_a_secret_has_a_flag():
    assert {field.name for field in fields(Common) if field.secret} == {"grafana_token", "grafana_password"}


def test_the_settings_of_a_server_are_named_by_their_member():
    @click.command()
    @options(Example, common=("prometheus", "grafana_url"))
    def command(**flags):
        common = load("", Common, flags, {})
        click.echo(f"{common.prometheus.url} {common.prometheus.user} {common.grafana.url}")

    runner = CliRunner()
    result = runner.invoke(command, ["--prometheus-url", "a,b", "--prometheus-user", "ada", "--grafana-url", "c"])
    assert result.output.strip() == "('a', 'b') ada ('c',)"
    text = runner.invoke(command, ["--help"]).output
    assert "vouches for Prometheus's" in " ".join(text.split())
    assert "--grafana-user" not in text
