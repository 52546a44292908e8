"""Who comes in, who may change something, and what every answer carries."""

import socket

import bcrypt
import pytest
import requests

from vigie.console.data.settings import Settings
from vigie.console.web.authenticator import Authenticator
from vigie.core.errors import UsageProblemError

PROXY = {"trusted_proxies": ("127.0.0.0/8",), "operators": ("ada",)}
ELSEWHERE = {"trusted_proxies": ("10.1.0.0/16",), "operators": ("ada",)}


def environ(path="/", **more):
    return {"PATH_INFO": path, "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:8080", **more}


def post(url, **more):
    return requests.post(url, timeout=20, allow_redirects=False, **more)


@pytest.fixture
def users(tmp_path):
    hashed = {name: bcrypt.hashpw(name.encode(), bcrypt.gensalt(4)).decode() for name in ("ada", "bob")}
    (tmp_path / "web.yml").write_text("basic_auth_users:\n" + "".join(f"  {n}: {h}\n" for n, h in hashed.items()))
    return tmp_path / "web.yml"


def test_a_trusted_proxy_names_the_user(serve, get):
    url = serve(**PROXY).url
    assert "viewer" in get(url, headers={"X-Forwarded-User": "bob"}).text
    assert "operator" in get(url, headers={"X-Forwarded-User": "ada"}).text
    assert get(url).status_code == 403


def test_nobody_else_may_name_one(serve, get):
    url = serve(**ELSEWHERE).url
    for header in ("X-Forwarded-User", "X-forwarded-user", "Remote-User"):
        assert get(url, headers={header: "ada"}).status_code == 403
    forwarded = {"X-Forwarded-User": "ada", "X-Forwarded-For": "10.1.0.1", "Forwarded": "for=10.1.0.1"}
    assert get(url, headers=forwarded).status_code == 403


def test_a_header_with_underscores_is_not_taken_for_the_proxys(serve):
    """A client of the proxy sends `X_Forwarded_User`, which proxies let through and WSGI would mix up."""
    console = serve(**PROXY)
    host, port = console.url.removeprefix("http://").split(":")
    for names in (["X_Forwarded_User: ada"], ["X-Forwarded-User: bob", "X_Forwarded_User: ada"]):
        with socket.create_connection((host, int(port)), 10) as client:
            lines = ["GET /alerts HTTP/1.1", "Host: x", "Connection: close", *names, "", ""]
            client.sendall("\r\n".join(lines).encode())
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert b"Add a downtime" not in answer
        assert answer.startswith(b"HTTP/1.1 200" if len(names) == 2 else b"HTTP/1.1 403")


@pytest.mark.parametrize("name", ["", " ", "a,b", "a\tb", "x" * 200])
def test_names_that_are_none(name):
    refusal = Authenticator(Settings(**PROXY)).authenticate(environ(HTTP_X_FORWARDED_USER=name))
    assert refusal.status == 403


def test_users_of_the_web_configuration(serve, get, users):
    url = serve(web_config_file=users, operators=("ada",)).url
    assert get(url).status_code == 401
    assert get(url, auth=("ada", "wrong")).status_code == 401
    assert "operator" in get(url, auth=("ada", "ada")).text
    assert "viewer" in get(url, auth=("bob", "bob")).text
    assert get(url + "/metrics").status_code == 401
    assert get(url + "/-/healthy").text == "ok\n"
    assert "WWW-Authenticate" in get(url).headers


def test_a_password_does_not_count_where_nobody_checks_it(tmp_path):
    (tmp_path / "web.yml").write_text("http_server_config: {headers: {X-Frame-Options: deny}}\n")
    authenticator = Authenticator(Settings(web_config_file=tmp_path / "web.yml", **ELSEWHERE))
    refusal = authenticator.authenticate(environ(HTTP_AUTHORIZATION="Basic YWRhOmFkYQ=="))
    assert refusal.status == 403


def test_open_to_others_without_users_it_does_not_start():
    with pytest.raises(UsageProblemError, match="expected trusted_proxies"):
        Authenticator(Settings(web_listen_address="0.0.0.0:8080"))
    with pytest.raises(UsageProblemError, match="'proxy' is no network"):
        Authenticator(Settings(trusted_proxies=("proxy",)))


def test_on_loopback_it_answers_to_loopbacks_names_alone(serve, get):
    """A page elsewhere whose name was made to lead here (DNS rebinding) must not read along."""
    url = serve().url
    assert get(url).status_code == 200
    assert get(url, headers={"Host": "evil.example:8080"}).status_code == 403
    for host in ("localhost", "127.0.0.1:1", "[::1]:8080"):
        assert Authenticator(Settings()).authenticate(environ(HTTP_HOST=host)).is_operator


def test_only_operators_change_something_and_only_from_our_page(serve, get):
    console = serve(**PROXY)
    form = {"matchers": "host=web-1", "duration": "2h", "comment": "why"}
    for path in ("/alerts/downtimes", "/alerts/downtimes/end"):
        assert post(console.url + path, data=form, headers={"X-Forwarded-User": "bob"}).status_code == 403
        assert post(console.url + path, data=form, headers={"X-Forwarded-User": "ada"}).status_code == 403
        token = console.authenticator.token(console.authenticator.authenticate(environ(HTTP_X_FORWARDED_USER="bob")))
        forged = post(console.url + path, data={**form, "csrf": token}, headers={"X-Forwarded-User": "ada"})
        assert forged.status_code == 403
        assert get(console.url + path, headers={"X-Forwarded-User": "ada"}).status_code == 405
    assert "Add a downtime" not in get(console.url + "/alerts", headers={"X-Forwarded-User": "bob"}).text


def test_every_answer_is_told_what_a_browser_may_do_with_it(serve, get):
    url = serve().url
    for path in ("/", "/nowhere", "/static/console.css", "/-/healthy", "/metrics"):
        headers = get(url + path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_with_all_sources_down_every_page_says_so(serve, get):
    url = serve().url
    for path in ("/", "/hosts", "/containers", "/discovery", "/alerts", "/explore", "/host?dc=eu&name=web-1"):
        answer = get(url + path)
        assert answer.status_code == 200
        assert "refuses connections" in answer.text
        assert "<style" not in answer.text
        assert " style=" not in answer.text
    assert "vigie_console_source_errors_total" in get(url + "/metrics").text
    assert get(url + "/data/chart?kind=host&chart=nope").status_code == 404
    assert "refuses connections" in get(url + "/data/chart?kind=host&chart=cpu").json()["source_errors"][0]
