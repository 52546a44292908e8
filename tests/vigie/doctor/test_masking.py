"""Secrets never come out of the masking, in whatever words they stand, and harmless text does."""

import json

import pytest

from vigie.doctor.masking import MASK, Masking

SECRET = "pl4nted-s3cret"


@pytest.fixture
def masked():
    return Masking(["kn0wn/one"], b"salt").text


@pytest.mark.parametrize(
    "text",
    [
        f'{{"password": "{SECRET}"}}',
        f'{{"log": "{{\\"token\\":\\"{SECRET}\\"}}"}}',
        f"basic_auth_password: {SECRET}",
        f"bearer_token: '{SECRET}'",
        f"smtp_auth_password: {SECRET} # for mail",
        f"api_key={SECRET}&x=1",
        f"GET /metrics?access_token={SECRET} HTTP/1.1",
        f"http://user:{SECRET}@prometheus:9090/",
        f"https://{SECRET}@proxy.example/",
        f"Authorization: Bearer {SECRET}",
        f"level=error X-Consul-Token={SECRET}",
        f"api_url: https://hooks.slack.com/services/{SECRET}",
        f'"webhook_url": "https://example.webhook.office.com/{SECRET}?x=1"',
        f"routing_key: {SECRET}",
        f"__param_token: {SECRET}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
        f"glsa_{SECRET}",
    ],
)
def test_what_looks_like_a_secret_is_masked(masked, text):
    assert SECRET not in masked(text)


@pytest.mark.parametrize("form", ["kn0wn/one", "kn0wn%2Fone", "a24wd24vb25l"])
def test_a_known_secret_is_masked_wherever_it_stands(masked, form):
    assert masked(f"said {form} aloud") == f"said {MASK} aloud"


@pytest.mark.parametrize(
    "text",
    [
        "consul_token_file: /etc/vigie/token",
        "vigie-exporter:web-1:9100 passing",
        "runbook_url: (none)",
        "node_cpu_seconds_total 12",
        "http://127.0.0.1:9090/api/v1/targets",
        '{"token": null}',
    ],
)
def test_harmless_text_stays(masked, text):
    assert masked(text) == text


def test_a_uuid_becomes_a_mark_that_is_the_same_each_time(masked):
    uuid = "11111111-2222-3333-4444-555555555555"
    first, second = masked(f"{uuid} {uuid}").split()
    assert first == second
    assert uuid not in first


def test_json_stays_json(masked):
    document = {"password": 'a"b', "list": [{"secret": "x, y"}], "nested": json.dumps({"token": "t"})}
    assert json.loads(masked(json.dumps(document)))["list"] == [{"secret": MASK}]
