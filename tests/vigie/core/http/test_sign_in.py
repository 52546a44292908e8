"""How the client signs in, whom it believes, and which settings it refuses."""

import base64
from pathlib import Path

import pytest
import requests

from vigie.core.errors import UsageProblemError
from vigie.core.http.address import mask_url
from vigie.core.http.client import HttpClient, patient_for
from vigie.core.http.fetch_failure import FetchError
from vigie.core.http.session import open_session
from vigie.core.settings import ConsulAccess, GrafanaAccess, PrometheusAccess

KEYS = Path(__file__).parents[3] / "fixtures" / "tls"
CLIENT = {"cert_file": KEYS / "client.pem", "key_file": KEYS / "client-key.pem"}


def basic(pair):
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.fixture
def secret_file(tmp_path):
    def secret_file(text, name="secret"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return secret_file


def test_no_credentials_are_shown():
    assert mask_url("https://user:secret@host:9/path/?token=x#y") == "https://host:9/path"


def test_a_user_with_a_password_file_that_changes(listen, connect, secret_file):
    server, url = listen()
    client = connect(url, user="ada", password_file=secret_file("first\n"))
    client.get("/good")
    secret_file("second\n")
    client.get("/good")
    assert [headers["Authorization"] for headers in server.headers] == [basic("ada:first"), basic("ada:second")]


def test_credentials_in_the_url(listen, connect):
    server, url = listen()
    connect(url.replace("://", "://ada:p%40ss@")).get("/good")
    assert server.headers[0]["Authorization"] == basic("ada:p@ss")


def test_a_bearer_token(listen, connect, secret_file):
    server, url = listen()
    connect(url, token_file=secret_file("abc\n")).get("/good")
    assert server.headers[0]["Authorization"] == "Bearer abc"


def test_consuls_token_goes_beside_a_user(listen, secret_file):
    server, url = listen()
    access = ConsulAccess(
        url=(url,), token_file=secret_file("abc"), user="ada", password_file=secret_file("lovelace", "password")
    )
    with HttpClient(access, patient_for(5)) as client:
        client.get("/good")
    assert server.headers[0]["X-Consul-Token"] == "abc"
    assert server.headers[0]["Authorization"] == basic("ada:lovelace")


def test_grafanas_token_of_the_environment(listen):
    server, url = listen()
    with HttpClient(GrafanaAccess(url=(url,), token="abc"), patient_for(5)) as client:
        client.get("/good")
    assert server.headers[0]["Authorization"] == "Bearer abc"


def test_a_secret_that_vanishes_is_named_and_nothing_is_sent(listen, connect, secret_file):
    server, url = listen()
    client = connect(url, token_file=secret_file("abc"))
    secret_file("").unlink()
    with pytest.raises(FetchError, match=r"password or token for Prometheus at .* can't be read \(.*secret: No such"):
        client.get("/good")
    assert not server.requests


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"user": "ada"}, "expected prometheus_user and prometheus_password_file together"),
        ({"token_file": Path("/nowhere")}, "prometheus: expected a readable file that holds a secret: /nowhere"),
        ({"ca_file": Path("/nowhere")}, "prometheus_ca_file: /nowhere: expected a PEM file .*: No such file"),
        ({"ca_file": KEYS / "server-key.pem"}, "prometheus_ca_file: .* expected a PEM file"),
        ({"cert_file": KEYS / "client.pem"}, "prometheus_cert_file: .* expected PEM with our certificate"),
        ({"cert_file": KEYS / "client.pem", "key_file": KEYS / "server-key.pem"}, "KEY_VALUES_MISMATCH"),
        ({"key_file": KEYS / "client-key.pem"}, "prometheus_key_file is given without prometheus_cert_file"),
        ({"url": ()}, "prometheus_url: expected at least one URL"),
        ({"url": ("127.0.0.1:9090",)}, "prometheus_url: expected a URL like"),
        ({"url": ("http://[host",)}, "prometheus_url: expected a URL like"),
    ],
)
def test_settings_that_can_not_work(settings, sentence):
    with pytest.raises(UsageProblemError, match=sentence):
        HttpClient(PrometheusAccess(**settings), patient_for(5))


def test_a_user_and_a_token_contradict_each_other(secret_file):
    path = secret_file("x")
    with pytest.raises(UsageProblemError, match="expected prometheus_user or prometheus_token_file, and not both"):
        HttpClient(PrometheusAccess(user="ada", password_file=path, token_file=path), patient_for(5))


def test_neither_a_proxy_nor_a_netrc_is_believed(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine consul.example login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    url = "http://consul.example/v1/status/leader"
    with requests.Session() as usual, open_session(ConsulAccess()) as ours:
        assert usual.prepare_request(requests.Request("GET", url)).headers["Authorization"].startswith("Basic ")
        assert "Authorization" not in ours.prepare_request(requests.Request("GET", url)).headers
        assert usual.merge_environment_settings(url, {}, None, None, None)["proxies"]
        assert not ours.merge_environment_settings(url, {}, None, None, None)["proxies"]


def test_tls_with_an_authority_of_our_own(listen, connect, server_context):
    _, url = listen(server_context(KEYS))
    assert connect(url, ca_file=KEYS / "authority.pem").get("/good")


@pytest.mark.parametrize("ca_file", [None, KEYS / "stranger.pem"])
def test_a_certificate_that_nobody_vouches_for(listen, connect, server_context, ca_file):
    _, url = listen(server_context(KEYS))
    with pytest.raises(FetchError, match=r"shows a certificate that is not accepted \(\w.*\)") as error:
        connect(url, ca_file=ca_file).get("/good")
    assert error.value.failure.kind == "tls"


def test_a_certificate_of_another_name(listen, connect, server_context):
    _, url = listen(server_context(KEYS))
    client = connect(url.replace("127.0.0.1", "127.0.0.2"), ca_file=KEYS / "authority.pem")
    with pytest.raises(FetchError, match=r"not accepted \(.*match"):
        client.get("/good")


def test_a_client_certificate_is_shown(listen, connect, server_context):
    _, url = listen(server_context(KEYS, client_ca="authority"))
    assert connect(url, ca_file=KEYS / "authority.pem", **CLIENT).get("/good")


@pytest.mark.parametrize("own", [{}, {"cert_file": KEYS / "foreign.pem", "key_file": KEYS / "foreign-key.pem"}])
def test_a_client_certificate_that_is_missing_or_not_accepted(listen, connect, server_context, own):
    _, url = listen(server_context(KEYS, client_ca="authority"))
    with pytest.raises(FetchError) as error:
        connect(url, ca_file=KEYS / "authority.pem", **own).get("/good")
    assert error.value.failure.kind == "certificate"
