"""What the environment says of proxies and passwords, and what a session makes of it."""

from pathlib import Path

import requests

from vigie.core.http.session import private_session


def test_neither_a_proxy_nor_a_netrc_is_believed(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine consul.example login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    url = "http://consul.example/v1/status/leader"
    with requests.Session() as usual, private_session() as ours:
        assert usual.prepare_request(requests.Request("GET", url)).headers["Authorization"].startswith("Basic ")
        assert "Authorization" not in ours.prepare_request(requests.Request("GET", url)).headers
        assert usual.merge_environment_settings(url, {}, None, None, None)["proxies"]
        assert not ours.merge_environment_settings(url, {}, None, None, None)["proxies"]


def test_certificates_are_those_that_are_named():
    with private_session(Path("/ca.pem"), Path("/own.pem"), Path("/own.key")) as one:
        assert (one.verify, one.cert) == ("/ca.pem", ("/own.pem", "/own.key"))
    with private_session(cert_file=Path("/both.pem")) as one:
        assert (one.verify, one.cert) == (True, "/both.pem")
