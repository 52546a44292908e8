"""The kinds of probes that need no HTTP: a real blackbox_exporter asks real servers, dead ones, and the wrong ones."""

import json
import socket
import ssl
import threading
from pathlib import Path

import pytest
import requests

from discovery.targets.blackbox_probes import MODULES, PROBE_KINDS
from vigie.core import yaml_file
from vigie.core.builtin import builtin

pytestmark = pytest.mark.integration

TLS = Path(__file__).parents[1] / "fixtures" / "tls"


@pytest.fixture
def ask(blackbox):
    """Return `ask(kind, target)`: what a real blackbox_exporter with our modules says, by the metric's name."""

    def ask(kind, target):
        query = {"module": MODULES[kind], "target": target}
        page = requests.get(blackbox.url + "/probe", query, timeout=20).text
        lines = (line.rpartition(" ") for line in page.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}

    return ask


@pytest.fixture
def tls_server():
    """A server that shakes hands, and no more; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem", TLS / "server-key.pem")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                try:
                    context.wrap_socket(client, server_side=True).close()
                except OSError:
                    continue

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def read_end_of_certificate(port):
    """Return when a server's certificate ends (seconds since the epoch), as OpenSSL reads it."""
    context = ssl.create_default_context(cafile=TLS / "authority.pem")
    with (
        socket.create_connection(("127.0.0.1", port)) as connection,
        context.wrap_socket(connection, server_hostname="localhost") as encrypted,
    ):
        certificate = encrypted.getpeercert()
    assert certificate is not None
    return ssl.cert_time_to_seconds(str(certificate["notAfter"]))


def test_blackbox_exporter_has_a_module_for_each_kind():
    modules = yaml_file.read(builtin("compose", "blackbox", "blackbox.yml")).document["modules"]
    assert set(modules) == set(MODULES.values())
    assert set(MODULES) == set(PROBE_KINDS)


def test_tls_tells_when_the_certificate_ends(ask, tls_server, consul):
    answer = ask("tls", f"127.0.0.1:{tls_server}")
    assert (answer["probe_success"], answer["probe_ssl_earliest_cert_expiry"]) == (
        1,
        read_end_of_certificate(tls_server),
    )
    assert ask("tls", consul.url.removeprefix("http://"))["probe_success"] == 0


def test_dns_wants_an_answer_and_no_more(ask, start_consul, free_port):
    """Consul's own server of names refuses what is not its own, as a server of zones does."""
    port = free_port()
    start_consul(ports={"dns": port})
    answer = ask("dns", f"127.0.0.1:{port}")
    assert (answer["probe_success"], answer["probe_dns_query_succeeded"]) == (1, 1)
    assert ask("dns", f"127.0.0.1:{free_port()}")["probe_success"] == 0


@pytest.mark.root
def test_icmp_asks_the_machine(ask):
    assert ask("icmp", "127.0.0.1")["probe_success"] == 1


def test_each_kind_has_a_file_of_its_own(catalog, bridge, wait_until):
    for number, kind in enumerate(("tls", "dns", "icmp"), 1):
        address = {"Address": f"10.0.0.{number}", "Port": 853}
        catalog.register("web", number, Tags=[f"probe-{kind}"], Meta={"integration": "haproxy"}, **address)

    def probed():
        files = {kind: bridge.folder / f"probe-{kind}.json" for kind in ("tls", "dns", "icmp")}
        return {kind: json.loads(file.read_bytes())[0] for kind, file in files.items() if file.exists()}

    groups = wait_until(lambda: len(probed()) == 3 and probed())
    assert {kind: group["targets"] for kind, group in groups.items()} == {
        "tls": ["10.0.0.1:853"],
        "dns": ["10.0.0.2:853"],
        "icmp": ["10.0.0.3"],
    }
    assert groups["icmp"]["labels"]["instance"] == "10.0.0.3:853"
    # Else blackbox_exporter's own `up` would be the server's, in alerts and on the console.
    assert not any("integration" in group["labels"] for group in groups.values())
    assert {group["labels"]["__param_module"] for group in groups.values()} == {"tls_connect", "dns_udp", "icmp"}
