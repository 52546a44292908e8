"""`vigie integrations`: what it prints is ours to read by people, whatever a server or a folder holds."""

import http.server
import threading

import pytest
from click.testing import CliRunner

from exporter.integrations_command import integrations
from vigie.core.errors import UsageProblemError

MANIFEST = "name: shopd\ntitle: T\nendpoint: {port: 1}\n"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'a{b="\x1b[2J\x9b\t"} 1\nb 2\n'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return `run(*words)`: the command on a host without containers and files, whose own integration is `shopd`."""
    (tmp_path / "own" / "shopd").mkdir(parents=True)
    (tmp_path / "own" / "shopd" / "integration.yml").write_text(MANIFEST)
    monkeypatch.setenv("VIGIE_EXPORTER_INTEGRATIONS_FOLDER", str(tmp_path / "own"))
    monkeypatch.setenv("VIGIE_EXPORTER_INTEGRATIONS_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("VIGIE_EXPORTER_DOCKER", f"unix://{tmp_path}/docker.sock")

    def run(*words):
        result = CliRunner().invoke(integrations, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def address():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield "{}:{}".format(*server.server_address)
        server.shutdown()


def test_terminal_obeys_nothing_of_a_page(run, address):
    output = run("test", "shopd", "--address", address, "--page").stdout
    assert output.startswith('a{b=" [2J� "} 1\nb 2\n')
    assert "2 metrics" in output


def test_url_is_no_address(run):
    with pytest.raises(UsageProblemError, match="expected HOST:PORT"):
        run("test", "shopd", "--address", "http://127.0.0.1:9121")


def test_bad_manifest_is_told_on_standard_error(run, tmp_path):
    (tmp_path / "own" / "shopd" / "integration.yml").write_text("name: other\n")
    result = run("list")
    assert result.stdout.startswith("watched: nothing\n")
    assert 'level=warning event="an integration can\'t be read"' in result.stderr


def test_new_folder_can_be_tried_where_it_is_known(run, tmp_path, address):
    output = run("new", "123", "--port", "9400").stdout
    assert output.splitlines()[-1] == "now try it: vigie integrations test 123 --address 127.0.0.1:9400"
    assert run("test", "123", "--address", address).exit_code == 0
    output = run("new", "123", "--port", "9400", "--folder", str(tmp_path / "elsewhere")).stdout
    assert output.splitlines()[-1] == str(tmp_path / "elsewhere" / "123" / "setup.md")
