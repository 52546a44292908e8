"""The servers' settings: one declaration for all, and no name twice."""

from pathlib import Path

import pytest

from discovery.settings import Settings as DiscoverySettings
from vigie.core.settings import (
    SECTIONS,
    AlertmanagerAccess,
    Common,
    ConsulAccess,
    Credentials,
    DiscoveryAccess,
    GrafanaAccess,
    PrometheusAccess,
    fields,
    load,
    value_of,
)

SERVERS = (ConsulAccess, PrometheusAccess, AlertmanagerAccess, DiscoveryAccess, GrafanaAccess)
SUFFIXES = {"url", "user", "password_file", "token_file", "ca_file", "cert_file", "key_file"}


@pytest.mark.parametrize("server", SERVERS)
def test_every_server_has_the_same_settings(server):
    names = {field.name for field in fields(Common) if field.group == server.prefix}
    assert {f"{server.prefix}_{suffix}" for suffix in SUFFIXES} <= names
    assert isinstance(getattr(Common(), server.prefix), server)


def test_they_come_from_each_source(tmp_path):
    config = tmp_path / "vigie.yml"
    config.write_text("prometheus_url: https://a,https://b\nprometheus_ca_file: /ca.pem\n")
    flags = {"config": config, "prometheus_user": "ada"}
    common = load("", Common, flags, {"VIGIE_PROMETHEUS_PASSWORD_FILE": "/password"})
    assert common.prometheus == PrometheusAccess(
        url=("https://a", "https://b"), ca_file=Path("/ca.pem"), user="ada", password_file=Path("/password")
    )
    assert common.alertmanager == AlertmanagerAccess()


def test_each_value_is_found_by_its_field():
    common = Common(grafana=GrafanaAccess(user="ada"))
    values = {field.name: value_of(common, field) for field in fields(Common)}
    assert (values["grafana_user"], values["consul_url"], values["log_level"]) == (
        "ada",
        ("http://127.0.0.1:8500",),
        "info",
    )


def test_no_setting_of_a_section_has_the_variable_of_a_server():
    common = {field.name for field in fields(Common)}
    assert "discovery" in SECTIONS
    assert not common & {f"discovery_{field.name}" for field in fields(DiscoverySettings)}


def test_every_help_text_names_the_server():
    assert not [field.name for field in fields(Common) if "{" in field.help]
    assert Credentials.server not in "".join(field.help for field in fields(Common))
