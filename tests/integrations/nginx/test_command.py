"""`vigie integrations test` asks a real nginx by what a file would say of it: TLS, a virtual host, a path, a login."""

import subprocess
import sys

import pytest

from tests.integrations.nginx.conftest import KEYS

pytestmark = pytest.mark.integration
LOCKED = """
server {
    listen 127.0.0.1:{port} ssl;
    server_name localhost;
    ssl_certificate {keys}/server.pem;
    ssl_certificate_key {keys}/server-key.pem;
    location = /numbers { stub_status; auth_basic "status"; auth_basic_user_file {folder}/users; }
}
"""


def test_what_would_be_scraped_is_told(start_server, tmp_path):
    server = start_server(LOCKED)
    (server.folder / "users").write_text("vigie:{PLAIN}sesame-1\n")
    (tmp_path / "password").write_text("sesame-1")

    def run(*words):
        command = [sys.executable, "-m", "vigie", "integrations", "test", "nginx", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    place = ["--address", f"127.0.0.1:{server.port}", "--scheme", "https", "--path", "/numbers"]
    trust = ["--server-name", "localhost", "--ca-file", str(KEYS / "authority.pem")]
    good = run(*place, *trust, "--user", "vigie", "--password-file", str(tmp_path / "password"))
    assert good.returncode == 0, good.stderr
    assert "answers as nginx" in good.stdout
    assert "8 metrics, 8 series" in good.stdout
    denied, strange = run(*place, *trust), run(*place)
    assert (denied.returncode, strange.returncode) == (1, 1)
    assert "denied: GET /numbers: status 401" in denied.stderr
    assert "unreachable" in strange.stderr
    assert run(*place, "--scheme", "ftp").returncode == 64
