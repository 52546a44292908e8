import ssl
from pathlib import Path

import pytest

from vigie.core.errors import UsageProblemError
from vigie.core.web_config.parsing import Tls
from vigie.core.web_config.tls import build_context, is_allowed, notes

KEYS = Path(__file__).parents[3] / "fixtures" / "tls"
PAIR = {"cert_file": str(KEYS / "server.pem"), "key_file": str(KEYS / "server-key.pem")}
CA = {"client_ca_file": str(KEYS / "authority.pem")}


def test_versions_ciphers_and_whose_preference():
    context = build_context(
        Tls(
            **PAIR,
            min_version="TLS12",
            max_version="TLS12",
            cipher_suites=("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
            prefer_server_cipher_suites=False,
            curve_preferences=("CurveP256",),
        )
    )
    assert (context.minimum_version, context.maximum_version) == (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)
    offered = {cipher["name"] for cipher in context.get_ciphers() if not cipher["name"].startswith("TLS_")}
    assert offered == {"ECDHE-ECDSA-AES128-GCM-SHA256"}
    assert not context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
    assert build_context(Tls(**PAIR)).options & ssl.OP_CIPHER_SERVER_PREFERENCE


def test_suites_of_tls_1_3_alone_leave_nothing_else():
    context = build_context(Tls(**PAIR, cipher_suites=("TLS_AES_128_GCM_SHA256",)))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_3


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("NoClientCert", ssl.CERT_NONE),
        ("RequestClientCert", ssl.CERT_NONE),
        ("VerifyClientCertIfGiven", ssl.CERT_OPTIONAL),
        ("RequireAnyClientCert", ssl.CERT_REQUIRED),
        ("RequireAndVerifyClientCert", ssl.CERT_REQUIRED),
    ],
)
def test_client_auth_types(name, mode):
    assert build_context(Tls(**PAIR, **CA, client_auth_type=name)).verify_mode == mode
    assert build_context(Tls(**PAIR, client_auth_type=name)).verify_mode == mode  # by the system's authorities


def test_inline_texts_work_as_files_do():
    texts = {name: (KEYS / file).read_text() for name, file in (("cert", "server.pem"), ("key", "server-key.pem"))}
    authority = (KEYS / "authority.pem").read_text()
    context = build_context(Tls(**texts, client_ca=authority, client_auth_type="RequireAndVerifyClientCert"))
    assert [dict(authority["subject"][0])["commonName"] for authority in context.get_ca_certs()] == [
        "vigie test authority"
    ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"key_file": str(KEYS / "client-key.pem")}, "its own unencrypted PEM key"),
        ({"cert_file": str(KEYS / "README.md")}, "expected a PEM certificate"),
        ({"cert_file": str(KEYS / "away.pem")}, "away.pem"),
        ({"client_ca_file": str(KEYS / "README.md")}, "README.md: expected PEM certificates"),
        ({"client_ca_file": "", "client_ca": "nonsense"}, "client_ca: expected PEM certificates"),
    ],
)
def test_what_cannot_be_used_is_named(wrong, message):
    with pytest.raises(UsageProblemError, match=message):
        build_context(Tls(**{**PAIR, **CA, "client_auth_type": "VerifyClientCertIfGiven", **wrong}))


def test_what_differs_from_go_is_said():
    assert not list(notes(Tls(**PAIR, client_auth_type="RequireAndVerifyClientCert", curve_preferences=("X25519",))))
    said = list(notes(Tls(**PAIR, client_auth_type="RequireAnyClientCert", curve_preferences=("X25519", "CurveP256"))))
    assert len(said) == 2


def test_alternative_names():
    certificate = {
        "subjectAltName": (("DNS", "a.example"), ("IP Address", "FD00:0:0:0:0:0:0:1"), ("URI", "spiffe://x"))
    }
    for allowed in ({"a.example"}, {"fd00::1"}, {"other", "spiffe://x"}, set()):
        assert is_allowed(certificate, allowed)
    assert not is_allowed(certificate, {"A.example.org"})
    assert not is_allowed({"subject": ((("commonName", "x"),),)}, {"x"})
    assert not is_allowed(None, set())
    assert not is_allowed({}, set())
