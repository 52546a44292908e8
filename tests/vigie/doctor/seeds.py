"""What is done to a running chain so that it breaks at one link, and undone again."""

import contextlib
import signal
import sys

import yaml

from tests.fixtures.grafana.answer import Answer
from tests.fixtures.grafana.stand_in import StandIn
from vigie.core.builtin import builtin

VIGIE = [sys.executable, "-m", "vigie"]
EXPRESSION = "node_time_seconds + on(job) node_time_seconds"  # many to many: fails as soon as there are two hosts
BROKEN_RULES = yaml.safe_dump({"groups": [{"name": "site", "rules": [{"record": "broken:rule", "expr": EXPRESSION}]}]})


def signalled(chain):
    @contextlib.contextmanager
    def frozen():
        chain.exporter.signal(signal.SIGSTOP)
        yield
        chain.exporter.signal(signal.SIGCONT)

    return frozen()


def killed(chain):
    @contextlib.contextmanager
    def dead():
        chain.exporter.stop(signal.SIGKILL)
        yield
        chain.exporter.start()

    return dead()


def other_exporter(*arguments, name):
    """Return a seed: a second exporter, which can't register; the doctor is told where it is."""

    def seed(chain):
        @contextlib.contextmanager
        def running():
            token = chain.prometheus.folder / "token"
            token.write_text("11111111-2222-3333-4444-555555555555")
            filled = [argument.replace("TOKEN", str(token)) for argument in arguments]
            listening = [
                "--web.listen-address",
                "127.0.0.1:{port}",
                "--collector.disable-defaults",
                "--host-name",
                name,
            ]
            collectors = [f"--collector.{name}" for name in ("cpu", "meminfo", "loadavg", "time", "uname")]
            command = [*VIGIE, "exporter", *listening, *collectors, "--no-autodiscovery", *chain.where, *filled]
            exporter = chain.start_program(command, "/-/healthy")
            yield {"VIGIE_DOCTOR_EXPORTER_URL": f"{exporter.url}/metrics"}
            exporter.stop()

        return running()

    return seed


def token_refused(chain):
    @contextlib.contextmanager
    def wrong():
        token = chain.prometheus.folder / "wrong-token"
        token.write_text("11111111-2222-3333-4444-555555555555")
        yield {"VIGIE_CONSUL_TOKEN_FILE": token}

    return wrong()


def site_with_a_pager(chain):
    @contextlib.contextmanager
    def site():
        folder = chain.prometheus.folder / "site"
        folder.mkdir()
        routes = yaml.safe_load(builtin("alerting", "routes.yml").read_text())
        routes["receivers"]["pager"] = {"webhook": {"url": "http://pager.example/"}}
        (folder / "routes.yml").write_text(yaml.safe_dump(routes))
        yield {"VIGIE_SITE": folder}

    return site()


def grafana_that_refuses(_):
    @contextlib.contextmanager
    def refusing():
        grafana = StandIn()
        grafana.state = Expired()
        yield {"VIGIE_GRAFANA_URL": grafana.url, "VIGIE_GRAFANA_TOKEN": "glsa_expired"}
        grafana.stop()

    return refusing()


class Expired:
    """The state of a stand-in for Grafana whose token is over; a deleted one answers alike (recording 02)."""

    def health(self):
        return Answer(200, {"database": "ok", "version": "12.4.0"})

    def get_dashboard(self, _):
        return Answer(401, {"message": "Unauthorized", "traceID": ""})


def to(receiver):
    return lambda document: document.update(route={"receiver": receiver, "routes": []})


def reading_elsewhere(chain):
    """Start Prometheus on a folder that discovery does not write; by a reload it would keep what it had."""

    @contextlib.contextmanager
    def elsewhere():
        path = chain.prometheus.folder / "prometheus.yml"
        before = path.read_text()
        chain.prometheus.stop()
        path.write_text(before.replace("/targets/node.json", "/elsewhere/node.json"))
        chain.prometheus.start()
        yield
        chain.prometheus.stop()
        path.write_text(before)
        chain.prometheus.start()

    return elsewhere()


def rule_broken(chain):
    @contextlib.contextmanager
    def broken():
        path = chain.prometheus.folder / "rules" / "site.yml"
        path.write_text(BROKEN_RULES)
        chain.reload(chain.prometheus)
        yield
        path.unlink()
        chain.reload(chain.prometheus)

    return broken()
