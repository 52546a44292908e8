import base64
import os
import shutil
from pathlib import Path

import pytest

from vigie.core.errors import UsageProblemError
from vigie.core.web_config.gate import BUSY, NO_CERTIFICATE, TOO_MANY, UNAUTHORIZED, Gate
from vigie.core.web_config.users import BusyError

KEYS = Path(__file__).parents[3] / "fixtures" / "tls"
SECRET = "$2b$04$ysq/elwDv1nQi9scmvqFG.dFpAKklEmmd3QF92deL9ygvL.JxVgou"
OTHER = "$2b$04$qarc0JkJJuUCLh3S3IlyHuW6RKQuGRKSEzW091ih25/jhGp1ElRGy"
OPEN = frozenset({"/-/healthy"})


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "web.yml"


@pytest.fixture
def tls_file(tmp_path):
    for name in ("server.pem", "server-key.pem", "authority.pem"):
        shutil.copy(KEYS / name, tmp_path)
    path = tmp_path / "web.yml"
    path.write_text(
        "tls_server_config: {cert_file: server.pem, key_file: server-key.pem, client_ca_file: authority.pem, "
        "client_auth_type: RequireAndVerifyClientCert, client_allowed_sans: [prometheus.example]}"
    )
    return path


def ask(gate, path="/metrics", authorization="", *, is_admitted=True):
    gate.refresh()
    return gate.refusal(path, authorization, is_admitted=is_admitted)


def test_users_are_asked_everywhere_but_at_open_paths(file):
    file.write_text(f"basic_auth_users: {{alice: {SECRET}}}")
    gate = Gate(file, OPEN)
    assert not gate.is_tls
    for path in ("/metrics", "/", "/-/ready", "/-/healthy/", "//-/healthy", "/nowhere"):
        assert ask(gate, path) == UNAUTHORIZED
    assert dict(UNAUTHORIZED.headers) == {"WWW-Authenticate": "Basic"}
    assert ask(gate, "/-/healthy") is None
    assert ask(gate, "/metrics", basic("alice", "secret")) is None


def test_users_come_and_go_but_the_last_one_stays(file):
    file.write_text(f"basic_auth_users: {{alice: {SECRET}}}")
    gate = Gate(file)
    file.write_text(f"basic_auth_users: {{alice: {SECRET}, bob: {OTHER}}}")
    assert ask(gate, "/", basic("bob", "other")) is None
    file.write_text(f"basic_auth_users: {{bob: {OTHER}}}")
    assert ask(gate, "/", basic("alice", "secret")) == UNAUTHORIZED
    file.write_text("")  # as an editor leaves it for a moment
    assert ask(gate, "/", basic("bob", "other")) is None
    assert ask(gate, "/") == UNAUTHORIZED
    assert gate.errors == 1


def test_a_kept_connection_sees_the_change_too(file, wait_until):
    file.write_text(f"basic_auth_users: {{alice: {SECRET}, bob: {OTHER}}}")
    gate = Gate(file)
    assert gate.refusal("/", basic("alice", "secret"), is_admitted=True) is None
    file.write_text(f"basic_auth_users: {{bob: {OTHER}}}")
    wait_until(lambda: gate.refusal("/", basic("alice", "secret"), is_admitted=True) == UNAUTHORIZED, 20)


@pytest.mark.parametrize("broken", ["basic_auth_users: {alice: plain}", "nonsense: 1", "a: [", None])
def test_a_broken_version_keeps_the_last_good_one_and_is_told_once(file, capsys, broken):
    file.write_text(f"basic_auth_users: {{alice: {SECRET}}}")
    gate = Gate(file)
    if broken is None:
        file.unlink()
    else:
        file.write_text(broken)
    for _ in range(3):
        assert ask(gate) == UNAUTHORIZED
        assert ask(gate, "/", basic("alice", "secret")) is None
    assert gate.errors == 1
    assert capsys.readouterr().out.count("is broken") == 1
    file.write_text(f"basic_auth_users: {{bob: {OTHER}}}")
    assert ask(gate, "/", basic("bob", "other")) is None
    assert gate.errors == 1


def test_what_is_broken_at_the_start_is_refused(file):
    with pytest.raises(UsageProblemError, match=r"web\.yml: expected a readable web configuration: No such file"):
        Gate(file)
    file.write_text("tls_server_config: {cert_file: away.pem, key_file: away.key}")
    with pytest.raises(UsageProblemError, match=r"web\.yml: tls_server_config: .*away\.pem"):
        Gate(file)


def test_a_certificate_is_read_again_once_its_key_fits(tls_file):
    gate = Gate(tls_file)
    first = gate.context()
    assert gate.context() is first
    shutil.copy(KEYS / "renewed.pem", tls_file.parent / "server.pem")
    assert gate.context() is first  # the new certificate with the old key
    assert gate.errors == 1
    shutil.copy(KEYS / "renewed-key.pem", tls_file.parent / "server-key.pem")
    assert gate.context() is not first
    assert gate.errors == 1


def test_a_renewal_by_rename_with_equal_size_and_time_is_seen(tls_file):
    gate = Gate(tls_file)
    first, authority = gate.context(), tls_file.parent / "authority.pem"
    before = authority.stat()
    fresh = tls_file.parent / "fresh.pem"
    shutil.copy(authority, fresh)
    os.utime(fresh, ns=(before.st_atime_ns, before.st_mtime_ns))
    fresh.rename(authority)
    assert gate.context() is not first


def test_a_missing_file_of_a_new_version_is_seen_when_it_comes(tls_file):
    gate = Gate(tls_file)
    first = gate.context()
    tls_file.write_text(tls_file.read_text().replace("authority.pem", "later.pem"))
    assert gate.context() is first
    shutil.copy(KEYS / "stranger.pem", tls_file.parent / "later.pem")
    assert gate.context() is not first


def test_tls_is_not_switched_while_running(tls_file):
    gate = Gate(tls_file)
    tls_file.write_text("")
    assert gate.context() is not None
    assert (gate.is_tls, gate.errors) == (True, 1)


def test_required_certificates(tls_file):
    strict, relaxed = Gate(tls_file), Gate(tls_file, OPEN)
    assert strict.context().verify_mode.name == "CERT_REQUIRED"
    assert relaxed.context().verify_mode.name == "CERT_OPTIONAL"
    assert relaxed.admits({"subjectAltName": (("DNS", "prometheus.example"),)})
    assert not relaxed.admits({"subjectAltName": (("DNS", "other.example"),)})
    assert not relaxed.admits(None)
    assert ask(relaxed, "/metrics", is_admitted=False) == NO_CERTIFICATE
    assert ask(relaxed, "/-/healthy", is_admitted=False) is None


def test_the_rate_is_limited_but_not_at_open_paths(file):
    file.write_text("rate_limit: {interval: 1h, burst: 2}")
    gate = Gate(file, OPEN)
    assert [ask(gate), ask(gate), ask(gate)] == [None, None, TOO_MANY]
    assert ask(gate, "/-/healthy") is None


def test_too_many_unknown_passwords(file, monkeypatch):
    file.write_text(f"basic_auth_users: {{alice: {SECRET}}}")
    gate = Gate(file)

    def knows(_):
        raise BusyError

    monkeypatch.setattr(gate._rules.users, "knows", knows)
    assert ask(gate) == BUSY


def test_headers_are_those_of_the_file(file):
    file.write_text("http_server_config: {headers: {X-Frame-Options: deny, Strict-Transport-Security: ''}}")
    assert Gate(file).headers == (("X-Frame-Options", "deny"),)
