"""Secrets in the texts of files are not shown; whether one changed is."""

import pytest
import yaml

from vigie.reconcile.masking import mask

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    "line",
    [
        f"  smtp_auth_password: {SECRET}",
        f"  smtp_auth_password: '{SECRET}'",
        f'- routing_key: "{SECRET}"',
        f"- {{bot_token: {SECRET}, chat_id: 1}}",
        f'  "api_key": "{SECRET}"',
        f"  slack_api_url: https://hooks.example/services/T/{SECRET}",
        f"  - url: https://x.example/{SECRET}",
        f"  - url: 'https://ada:{SECRET}@x.example/'",
        f"  basic_auth: {{username: ada, password: {SECRET}}}",
        f"      credentials: {SECRET}",
        f"      client_secret: {SECRET}",
        f"      secret_key: {SECRET}   # of AWS",
        f"  proxy: http://ada:{SECRET}@proxy:3128",
        f"  user_key: {SECRET}",
        f"  token_id: {SECRET}",
        f"  password: |\n    {SECRET}",
        f"  - private_key: >-\n      -----BEGIN\n      {SECRET}\n    b: c",
        f'  password: "with \\" quote {SECRET}"',
    ],
)
def test_no_secret_is_left(line):
    assert SECRET not in mask(f"global:\n{line}\n")
    other = mask(line.replace(SECRET, "other"))
    assert mask(line) == mask(line)
    assert (other != mask(line)) or "@" in line


@pytest.mark.parametrize(
    "line",
    [
        "  smtp_auth_password_file: /etc/alertmanager/smtp",
        "  api_key_file: /etc/key",
        "  runbook_url: https://example.org/runbooks/HostDown",
        "  - url: http://127.0.0.1:9112/",
        "  smtp_require_tls: true",
        "  group_by: [alertname, token]",
        "  title: '{{ template \"vigie.title\" . }}'",
        "  receiver: password",
        "  password:",
    ],
)
def test_what_is_no_secret_stays(line):
    assert mask(line) == line


def test_the_server_of_a_url_is_seen():
    assert mask("api_url: https://hooks.example/T/B/x").startswith("api_url: https://hooks.example/(secret ")


def test_a_shown_file_still_reads_as_one():
    text = f"receivers:\n- name: a\n  slack_configs: [{{api_url: 'https://x/{SECRET}', channel: '#a'}}]\n"
    assert yaml.safe_load(mask(text))["receivers"][0]["slack_configs"][0]["channel"] == "#a"
