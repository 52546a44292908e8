"""Real Prometheus and Consul before an exporter that asks for a certificate and a password."""

import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.integration
KEYS = Path(__file__).parents[1] / "fixtures" / "tls"
WEB = """
tls_server_config:
  cert_file: server.pem
  key_file: server-key.pem
  client_ca_file: authority.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [prometheus.example]
basic_auth_users: {prometheus: "$2b$04$ysq/elwDv1nQi9scmvqFG.dFpAKklEmmd3QF92deL9ygvL.JxVgou"}
"""
SCRAPES = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: all
    scheme: https
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
    tls_config: {{ca_file: {keys}/authority.pem, cert_file: {keys}/client.pem, key_file: {keys}/client-key.pem}}
    basic_auth: {{username: prometheus, password: secret}}
  - job_name: no-certificate
    scheme: https
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
    tls_config: {{ca_file: {keys}/authority.pem}}
    basic_auth: {{username: prometheus, password: secret}}
  - job_name: no-password
    scheme: https
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
    tls_config: {{ca_file: {keys}/authority.pem, cert_file: {keys}/client.pem, key_file: {keys}/client-key.pem}}
"""


@pytest.fixture
def start_exporter(tmp_path):
    started = []

    def start_exporter(*arguments):
        command = [sys.executable, "-m", "vigie", "exporter", *arguments]
        with (tmp_path / "exporter.log").open("ab") as log:
            started.append(subprocess.Popen(command, stderr=log))
        return started[-1]

    yield start_exporter
    for program in started:
        program.send_signal(signal.SIGTERM)
        try:
            program.wait(20)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


@pytest.fixture
def web_config(tmp_path):
    for path in KEYS.glob("server*.pem"):
        shutil.copy(path, tmp_path)
    shutil.copy(KEYS / "authority.pem", tmp_path)
    file = tmp_path / "web.yml"
    file.write_text(WEB)
    return file


def test_prometheus_scrapes_and_consul_checks(
    web_config, start_exporter, consul, start_prometheus, free_port, wait_until
):
    port = free_port()
    start_exporter(
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.config.file={web_config}",
        f"--consul-url={consul.url}",
        "--check-interval=1s",
        "--advertise-address=127.0.0.1",
        f"--host-name={socket.gethostname()}",
    )
    prometheus = start_prometheus(SCRAPES.format(port=port, keys=KEYS))

    def up():
        answer = requests.get(f"{prometheus.url}/api/v1/query", {"query": "up"}, timeout=10).json()
        return {row["metric"]["job"]: row["value"][1] for row in answer["data"]["result"]}

    wait_until(lambda: up() == {"all": "1", "no-certificate": "0", "no-password": "0"})

    def check():
        checks = requests.get(f"{consul.url}/v1/agent/checks", timeout=10).json()  # the catalog learns of it later
        return next((check for check in checks.values() if check["ServiceName"] == "vigie-exporter"), None)

    wait_until(lambda: (check() or {}).get("Output", "").count("200 OK"))
    assert check()["Status"] == "passing"
    service = requests.get(f"{consul.url}/v1/catalog/service/vigie-exporter", timeout=10).json()[0]
    assert service["ServiceMeta"]["scheme"] == "https"

    web_config.write_text(WEB.replace("{prometheus:", "{somebody-else:"))
    wait_until(lambda: up()["all"] == "0")
    web_config.write_text(WEB)
    wait_until(lambda: up()["all"] == "1")


def test_a_wrong_file_ends_the_start(web_config):
    web_config.write_text("tls_server_config: {cert_file: server.pem, keyfile: x}")
    command = [sys.executable, "-m", "vigie", "exporter", "--no-register", f"--web.config.file={web_config}"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 64
    assert f"vigie: {web_config}: tls_server_config.keyfile is not known; expected one of " in ended.stderr
