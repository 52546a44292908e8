"""A console on loopback, a browser, and a page that lets no error pass."""

import functools
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect, sync_playwright

from vigie.console.app import create_app
from vigie.console.data.settings import Settings
from vigie.console.data.sources import Sources
from vigie.console.web.authenticator import Authenticator
from vigie.console.web.page_context import PageContext
from vigie.console.web.runbooks import alert_rules, runbook_paths
from vigie.core.integrations.catalogue import read_catalogue
from vigie.core.settings import AlertmanagerAccess, Common, DiscoveryAccess, PrometheusAccess
from vigie.core.web_config.serving import server
from vigie.stack.servers import find

ROOT = Path(__file__).parents[3]
AXE = ROOT / "build" / "vendor" / "axe-core" / "axe.min.js"
NOWHERE = "http://127.0.0.1:9"  # the discard port, where nobody listens


class Server:
    """A real Prometheus or Alertmanager: `url`, `stop()`, and `start()` again with what it had."""

    def __init__(self, name, folder, port, flags):
        server_program = find(name)
        self.url = f"http://127.0.0.1:{port}"
        self._log, self._working_folder = folder / "log", server_program.working_folder or folder
        place = "tsdb.path" if name == "prometheus" else "path"
        self._command = [
            server_program.path,
            f"--config.file={folder / name}.yml",
            f"--storage.{place}={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            *flags,
        ]

    def start(self):
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=self._working_folder, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(self._log.read_text()[-2000:])
            time.sleep(0.1)

    def _is_ready(self):
        try:
            return requests.get(self.url + "/-/ready", timeout=5).ok
        except requests.ConnectionError:
            return False

    def stop(self):
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Return `start(name, config, *flags, files={})`: a Server that a whole file of tests shares."""
    running = []

    def start(name, config, *flags, files=None):
        folder = tmp_path_factory.mktemp(name)
        for file, text in {f"{name}.yml": config, **(files or {})}.items():
            (folder / file).write_text(text)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        running.append(Server(name, folder, port, flags))
        running[-1].start()
        return running[-1]

    yield start
    for started in running:
        started.stop()


@functools.cache
def runbooks_and_rules():
    return runbook_paths(None), alert_rules(None)


class Console:
    """A console that serves: `url`, and its `sources`."""

    def __init__(self, settings, common, grafana_url):
        self.sources = Sources(settings, common)
        self.authenticator = Authenticator(settings)
        known = read_catalogue().integrations
        context = PageContext(
            settings, self.sources, self.authenticator, *runbooks_and_rules(), grafana_url, integrations=known
        )
        self._server = server(settings.web_listen_address, create_app(context), self.authenticator.gate, 8)
        self._thread = threading.Thread(target=self._server.serve)
        self._thread.start()
        scheme = "https" if self.authenticator.gate and self.authenticator.gate.is_tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.bind_addr[1]}"

    def stop(self):
        self._server.stop()
        self._thread.join(20)
        self.sources.close()


@pytest.fixture
def serve():
    """Return `serve(prometheus=, alertmanager=, discovery=, grafana=, **settings)`: a Console."""
    running = []

    def serve(prometheus=NOWHERE, alertmanager=NOWHERE, discovery=NOWHERE, grafana="", **settings):
        common = Common(
            prometheus=PrometheusAccess(url=(prometheus,)),
            alertmanager=AlertmanagerAccess(url=(alertmanager,)),
            discovery=DiscoveryAccess(url=(discovery,)),
        )
        chosen = {"web_listen_address": "127.0.0.1:0", "cache_retention": 0.1, **settings}
        running.append(Console(Settings(**chosen), common, grafana))
        return running[-1]

    yield serve
    for console in running:
        console.stop()


@pytest.fixture(scope="session")
def assets():
    """Fetch what browsers need, unless it is there."""
    subprocess.run([sys.executable, ROOT / "tools" / "vendor_assets.py", "--tests"], check=True)


@pytest.fixture(scope="module")
def browser(assets):  # noqa: ARG001 - fetched before the console reads them
    binary = shutil.which("chromium")
    if binary is None and (os.geteuid() == 0 or "CI" in os.environ):
        pytest.fail("chromium is missing: `make packages` installs it")
    if binary is None:
        pytest.skip("needs chromium, which only root can install")
    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=binary, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Return `open_page(url, width=1366, scheme="light")`: a page whose console errors fail the test."""
    contexts, errors = [], []

    def open_page(url, width=1366, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: (errors.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(url)
        page.errors = errors
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def faults():
    """Return `faults(page)`: what axe-core finds that is serious, in short."""

    def faults(page):
        # Evaluated as the debugger does, which the page's policy does not reach.
        page.evaluate(AXE.read_text())
        violations = page.evaluate("() => axe.run({resultTypes: ['violations']})")["violations"]
        return [
            (violation["id"], [node["html"][:150] for node in violation["nodes"][:3]])
            for violation in violations
            if violation["impact"] in {"serious", "critical"}
        ]

    return faults


@pytest.fixture
def get():
    """Return `get(url, **more)`: an answer to GET, by a session that is closed after the test."""
    session = requests.Session()
    session.trust_env = False
    yield lambda url, **more: session.get(url, timeout=20, **more)
    session.close()
