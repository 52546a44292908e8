"""Every program of ours with Consul, Prometheus, Alertmanager, discovery and exporter behind TLS and a login."""

import pytest

from tests.fixtures.encrypted_chain import CONSUL_TOKEN, KEYS, EncryptedChain, opener

pytestmark = pytest.mark.integration
STRANGER = str(KEYS / "stranger.pem")
FOREIGN = {"prometheus_cert_file": str(KEYS / "foreign.pem"), "prometheus_key_file": str(KEYS / "foreign-key.pem")}


# What is set wrong, and what doctor must say of it.
WRONG = [
    ({"prometheus_ca_file": STRANGER}, "shows a certificate that is not accepted"),
    ({"alertmanager_ca_file": STRANGER}, "shows a certificate that is not accepted"),
    ({"discovery_ca_file": STRANGER}, "shows a certificate that is not accepted"),
    ({"consul_ca_file": STRANGER}, "shows a certificate that is not accepted"),
    ({"prometheus_user": "somebody-else"}, "refuses the login (401)"),
    ({"alertmanager_user": "somebody-else"}, "refuses the login (401)"),
    ({"discovery_user": "somebody-else"}, "refuses the login (401)"),
    (FOREIGN, "does not accept our certificate, or wants one and gets none"),
    ({"prometheus_cert_file": None, "prometheus_key_file": None}, "does not accept our certificate"),
    ({"consul_token_file": None}, "hides instances from us"),
    ({"prometheus_ca_file": "/nowhere.pem"}, "prometheus_ca_file: /nowhere.pem: expected a PEM file"),
    ({"prometheus_password_file": "/nowhere"}, "expected a readable file that holds a secret: /nowhere"),
]


@pytest.fixture
def chain(tmp_path, start_consul, start_program, start_prometheus, start_alertmanager, free_port):
    starters = (start_consul, start_program, start_prometheus, start_alertmanager)
    return EncryptedChain(tmp_path, starters, free_port)


def succeed(chain, *arguments):
    done = chain.run(*arguments)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


def page(url):
    with opener().open(url, timeout=20) as answer:
        return answer.read().decode()


def test_every_program_reaches_servers_behind_tls_and_a_login(chain, wait_until):
    succeed(chain, "provision", "apply", "--local")
    succeed(chain, "provision", "drift", "--local")
    wait_until(lambda: chain.query("up == 1"), what="a scrape")
    assert "handed over to inbox" in succeed(chain, "alert", "test", "--severity", "critical")
    downtime = succeed(chain, "downtime", "add", "--match", "host=web-1", "--for", "1h", "--comment", "a test").strip()
    assert "a test" in succeed(chain, "downtime", "list")
    succeed(chain, "downtime", "end", downtime[:8])
    succeed(chain, "usage")

    wait_until(lambda: chain.run("doctor").returncode == 0, 90, "a chain without a fault")
    check_console(chain)
    drift = chain.start(
        "provision drift",
        *("--local", "--watch-interval", "1h", "--web.listen-address=127.0.0.1:{port}"),
        f"--web.config.file={chain.folder}/web.yml",
    )
    wait_until(lambda: "vigie_provision_last_success_timestamp_seconds{" in page(drift.url + "/metrics"))

    for changes, sentence in WRONG:
        done = chain.run("doctor", **changes)
        assert sentence in done.stdout + done.stderr, (changes, done.stdout, done.stderr)
        assert CONSUL_TOKEN not in done.stdout + done.stderr


def check_console(chain):
    console = chain.start(
        "console",
        "--web.listen-address=127.0.0.1:{port}",
        f"--web.config.file={chain.folder}/web.yml",
        ready="/-/healthy",
    )
    for path in ("/", "/hosts", f"/host?dc=dc1&name={chain.host}", "/alerts", "/discovery", "/containers"):
        text = page(console.url + path)
        assert "What it" not in text, (path, text)
    assert chain.host in page(console.url + "/hosts")
