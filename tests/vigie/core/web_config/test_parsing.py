from pathlib import Path

import pytest

from vigie.core.errors import UsageProblemError
from vigie.core.web_config.parsing import parse

HASH = "$2b$04$ysq/elwDv1nQi9scmvqFG.dFpAKklEmmd3QF92deL9ygvL.JxVgou"
PAIR = "cert_file: a.pem, key_file: a.key"


def test_everything_at_once():
    config = parse(
        f"""
tls_server_config:
  cert_file: tls/server.pem
  key_file: /etc/keys/server.key
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [prometheus.example]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  curve_preferences: [X25519]
  prefer_server_cipher_suites: false
http_server_config:
  http2: true
  headers: {{X-Frame-Options: deny, Strict-Transport-Security: max-age=3600}}
basic_auth_users: {{alice: {HASH}}}
rate_limit: {{interval: 1m30s, burst: 5}}
""".encode(),
        Path("conf/web.yml"),
    )
    tls = config.tls_server_config
    assert (tls.cert_file, tls.key_file, tls.client_ca_file) == (
        "conf/tls/server.pem",
        "/etc/keys/server.key",
        "conf/ca.pem",
    )
    assert tls.is_enabled
    assert config.basic_auth_users == {"alice": HASH}
    assert config.rate_limit.interval_seconds == 90


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"tls_server_config:\nbasic_auth_users:\n", b"rate_limit: {interval: 0}"]
)
def test_what_is_empty_asks_for_nothing(content):
    config = parse(content, Path("web.yml"))
    assert not config.tls_server_config.is_enabled
    assert not config.basic_auth_users
    assert config.rate_limit.interval_seconds == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [", "web.yml: expected YAML, line 1 is not"),
        ("[1]", "web.yml: expected a mapping at the top"),
        ("tls: {}", "web.yml: tls is not known; expected one of tls_server_config, http_server_config, "),
        ("tls_server_config: 1", "web.yml: tls_server_config: expected a mapping"),
        ("tls_server_config: {cert: 5}", "web.yml: tls_server_config.cert: Expected `str`, got `int`"),
        ("tls_server_config: {certfile: x}", "tls_server_config.certfile is not known; expected one of cert, key,"),
        ("tls_server_config: {cert_file: x}", "web.yml: tls_server_config: expected key or key_file"),
        ("tls_server_config: {client_auth_type: NoClientCert}", "tls_server_config: expected cert or cert_file"),
        ("tls_server_config: {PAIR, cert: x}", "tls_server_config.cert: expected either cert or cert_file, not both"),
        (
            "tls_server_config: {PAIR, client_auth_type: Always}",
            "client_auth_type: 'Always' is not known; expected one",
        ),
        ("tls_server_config: {PAIR, client_ca_file: x}", "client_auth_type: expected a policy that asks for"),
        (
            "tls_server_config: {PAIR, client_allowed_sans: [x]}",
            "client_auth_type: expected RequireAndVerifyClientCert",
        ),
        ("tls_server_config: {PAIR, min_version: '1.2'}", "min_version: '1.2' is not known; expected one of TLS10,"),
        ("tls_server_config: {PAIR, min_version: TLS13, max_version: TLS12}", "min_version: expected at most"),
        ("tls_server_config: {PAIR, cipher_suites: [RC4]}", "cipher_suites: 'RC4' is not known; expected one of TLS_"),
        (
            "tls_server_config: {PAIR, curve_preferences: [P1]}",
            "curve_preferences: 'P1' is not known; expected one of C",
        ),
        ("http_server_config: {headers: {Server: x}}", "http_server_config.headers: 'Server' is not known"),
        (
            "http_server_config: {headers: {X-Frame-Options: x}}",
            "X-Frame-Options: 'x' is not known; expected one of deny",
        ),
        (
            'http_server_config: {headers: {X-XSS-Protection: "a\\r\\nb"}}',
            "X-XSS-Protection: expected one line of ASCII",
        ),
        ("basic_auth_users: {alice: hunter2}", "basic_auth_users.alice: expected a bcrypt hash"),
        ("basic_auth_users: {alice: 5}", "basic_auth_users.*: Expected `str`, got `int`"),
        (f"basic_auth_users: {{'a:b': {HASH}}}", "basic_auth_users.a:b: expected a name without a colon"),
        ("rate_limit: {interval: soon, burst: 1}", "rate_limit.interval: expected a duration such as"),
        ("rate_limit: {interval: 5, burst: 1}", "rate_limit.interval: expected a duration such as"),
        ("rate_limit: {interval: nan, burst: 1}", "rate_limit.interval: expected a duration such as"),
        ("rate_limit: {interval: 1s}", "rate_limit.burst: expected at least 1"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_expected(content, message):
    with pytest.raises(UsageProblemError) as caught:
        parse(content.replace("PAIR", PAIR).encode(), Path("web.yml"))
    assert str(caught.value).startswith("web.yml: ")
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("null", ["", "~", "null", '""'])
def test_a_user_without_a_hash_is_refused_and_lets_nobody_in(null):
    with pytest.raises(UsageProblemError, match=r"web\.yml: basic_auth_users\.prom: expected a bcrypt hash"):
        parse(f"basic_auth_users:\n  admin: {HASH}\n  prom: {null}\n".encode(), Path("web.yml"))


def test_a_users_name_is_a_text_whatever_it_looks_like():
    config = parse(f"basic_auth_users: {{123: {HASH}, no: {HASH}, 1.0: {HASH}, ~: {HASH}}}".encode(), Path("web.yml"))
    assert sorted(config.basic_auth_users) == ["1.0", "123", "no", "~"]


@pytest.mark.parametrize(
    "text",
    [
        f"basic_auth_users:\n  a: {HASH}\n  a: {HASH}\n",
        f"basic_auth_users: {{a: {HASH}}}\nbasic_auth_users: {{b: {HASH}}}\n",
        "rate_limit: {burst: 1, burst: 2}\n",
    ],
)
def test_a_key_that_comes_twice_is_refused(text):
    with pytest.raises(UsageProblemError, match=r"web\.yml: \w+ is there twice; expected each key once"):
        parse(text.encode(), Path("web.yml"))
