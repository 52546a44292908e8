"""Faults seeded into a real chain, one after the other: each is found at its step, with its cause."""

import contextlib
import re
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import yaml

from tests.fixtures.grafana.answer import Answer
from tests.fixtures.grafana.stand_in import StandIn
from vigie.data import builtin

pytestmark = pytest.mark.integration
DEADLINE_SECONDS = 30
VIGIE = [sys.executable, "-m", "vigie"]
EXPRESSION = "node_time_seconds + on(job) node_time_seconds"  # many to many: fails as soon as there are two hosts
BROKEN_RULES = yaml.safe_dump({"groups": [{"name": "site", "rules": [{"record": "broken:rule", "expr": EXPRESSION}]}]})


class Fault(NamedTuple):
    """What is wrong, whom the doctor is asked about, where it must be found, and by which words."""

    name: str
    host: str
    step: str
    cause: str
    seed: Callable[[Any], Any] = lambda _: contextlib.nullcontext()


def registered(host, step, cause, name):
    """Return a fault that a registration made at the start is."""
    return Fault(name, host, step, cause)


AT_REST = [
    registered("firewalled-1", "agent", "does not answer in time: a firewall", "a firewall swallows the connection"),
    registered("https-1", "agent", "asked by https and speaks plain http", "http behind a registration of https"),
    registered("missing-1", "agent", r"no such page \(404\)", "another path than the registered one"),
    registered(
        "nobody-1", "agent", "neither Consul, discovery nor Prometheus knows a host", "a host that nobody knows"
    ),
    registered("broken-1", "page", "answers with an error of its own .500 the disk is on fire", "a scrape error"),
    registered("garbage-1", "page", "is not valid: line 1", "a page that is none"),
    registered("poor-1", "page", "lacks node_cpu_seconds_total, ", "a page without what alerts need"),
    registered("sick-1", "healthy", "check 'alive' is critical: it coughs", "a failing check"),
    registered("wandering-1", "target", r"refuses it \(not_node_address\)", "an address that is not its node's"),
    registered("untagged-1", "registered", "lacks the tag 'prometheus'", "a registration without the tag"),
    registered("twice-1", "registered", "2 exporters are registered on twice-1", "two exporters on one host"),
    registered("dropped-1", "loaded", "drops dropped-1 by a rule of its relabel_configs", "a target that is dropped"),
    registered("locked-1", "scraped", r"refuses the login \(401\)", "a page behind a password"),
    registered("old-1", "fresh", "newest sample .* is 2.. s old", "a page of yesterday"),
    registered("drift-1", "clock", "clock is 3[56].. s ahead of", "a clock that is off"),
    registered("claims-1", "labels", "gives labels that are the target's: exported_host", "a page that claims labels"),
    registered("held-1", "target", "holds it for .* lost more targets at once", "a held target"),
    registered("lost-1", "target", "lost for .* vanished from Consul while it was failing", "a lost target"),
]


def register_all(chain, swallowing):
    chain.register("firewalled-1", port=swallowing)
    chain.register("https-1", meta={"scheme": "https"})
    chain.register("missing-1", "/elsewhere")
    chain.register("broken-1", "/500")
    chain.register("garbage-1", "/garbage")
    chain.register("poor-1", "/poor")
    chain.register("sick-1", check={"Status": "critical", "Output": "it coughs"})
    chain.register("wandering-1", node_address="127.0.0.9")
    chain.register("untagged-1", Tags=[])
    chain.register("twice-1")
    chain.register(
        "twice-1", ID="vigie-exporter:twice-1:2", check={"CheckID": "two", "ServiceID": "vigie-exporter:twice-1:2"}
    )
    chain.register("dropped-1")
    chain.register("locked-1", "/401")
    chain.register("old-1", "/old")
    chain.register("drift-1", "/clock")
    chain.register("claims-1", "/claims")
    chain.register("held-1")
    chain.register("lost-1", check={"Status": "critical"})


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
            filled = [one.replace("TOKEN", str(token)) for one in arguments]
            listening = [
                "--web.listen-address",
                "127.0.0.1:{port}",
                "--collector.disable-defaults",
                "--host-name",
                name,
            ]
            collectors = [f"--collector.{one}" for one in ("cpu", "meminfo", "loadavg", "time", "uname")]
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


NOWHERE = "http://127.0.0.1:9"
CHANGING = [
    Fault("the exporter hangs", "", "agent", "takes the connection and then does not answer", signalled),
    Fault("the exporter is dead", "", "agent", "refuses connections", killed),
    Fault("our Consul token is wrong", "", "consul", "refuses our token .*ACL not found", token_refused),
    Fault("Consul is down", "", "consul", "refuses connections", lambda one: one.without(one.consul)),
    Fault(
        "the exporter's Consul token is wrong",
        "denied-1",
        "registered",
        "access control denies",
        other_exporter("--foreign-agent", "--consul-token-file", "TOKEN", name="denied-1"),
    ),
    Fault(
        "the agent is another machine's",
        "refused-1",
        "registered",
        "refuses to register: the Consul agent is another machine's",
        other_exporter(name="refused-1"),
    ),
    Fault(
        "it does not register",
        "silent-1",
        "registered",
        "does not register itself",
        other_exporter("--no-register", name="silent-1"),
    ),
    Fault("discovery is down", "", "discovery", "refuses connections", lambda one: one.without(one.discovery)),
    Fault(
        "one of two Prometheus is down",
        "",
        "prometheus",
        "127.0.0.1:9 refuses connections",
        lambda one: contextlib.nullcontext({"VIGIE_PROMETHEUS_URL": f"{one.prometheus.url},{NOWHERE}"}),
    ),
    Fault(
        "Prometheus refuses its configuration",
        "",
        "prometheus",
        "refused its newest configuration",
        lambda one: one.changed(one.prometheus, "prometheus.yml", lambda text: text + "nonsense: 1\n"),
    ),
    Fault(
        "Prometheus reads another folder",
        "",
        "loaded",
        "no target of the job node: it reads .*/elsewhere/node.json",
        reading_elsewhere,
    ),
    Fault(
        "a rule is broken", "", "rules", "can't evaluate 1 .* broken:rule of site.yml: .*duplicate series", rule_broken
    ),
    Fault("Grafana's token has expired", "", "boards", "it has expired, was deleted", grafana_that_refuses),
    Fault("Alertmanager is down", "", "alertmanager", "refuses connections", lambda one: one.without(one.alertmanager)),
    Fault(
        "Prometheus sends alerts to nobody",
        "",
        "alertmanager",
        "sends its alerts to nobody",
        lambda one: one.changed(
            one.prometheus, "prometheus.yml", one.configure(lambda document: document.pop("alerting"))
        ),
    ),
    Fault("routes.yml was not applied", "", "configuration", "does not know the receiver pager", site_with_a_pager),
    Fault(
        "Alertmanager refuses its configuration",
        "",
        "configuration",
        "refused its newest configuration",
        lambda one: one.changed(one.alertmanager, "alertmanager.yml", lambda text: text + "nonsense: 1\n"),
    ),
    Fault(
        "the route is missing",
        "",
        "route",
        "HostDown of .* reaches nobody",
        lambda one: one.changed(one.alertmanager, "alertmanager.yml", one.configure(to("nobody"))),
    ),
    Fault(
        "the receiver is down",
        "",
        "receiver",
        "receiver inbox can't be reached by webhook: .* refuses connections",
        lambda one: one.without(one.inbox),
    ),
]


def finds(examine, chain, fault, settings):
    """Return "" once the fault is found as it must be, else what was found last."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        (found,), code = examine({**chain.environment, **settings}, fault.host or chain.host)
        first = next((one for one in found["steps"] if one["step"] == found["broken"]), {"says": "", "remedy": ""})
        if found["broken"] == fault.step and re.search(fault.cause, first["says"]) and first["remedy"] and code == 2:
            return ""
        if time.monotonic() > deadline:
            return f"{fault.name}: expected {fault.step} ({fault.cause}), found {found['broken']} ({first['says']})"
        time.sleep(0.2)


def all_of(examine, chain):
    """Return the first broken step of each host that is not well, as `--all` has it."""
    found, code = examine(chain.environment, "--all")
    assert code == 2
    return {one["host"]: one["broken"] for one in found if one["broken"]}


def is_well(examine, chain):
    (found,), code = examine(chain.environment, chain.host)
    return code == 0 and found["broken"] is None


def test_every_seeded_fault_is_found_at_its_step(chain, swallowing, examine, wait_until):
    register_all(chain, swallowing)
    wait_until(lambda: is_well(examine, chain), what="a chain that is well")
    wait_until(lambda: all(name in chain.node_file() for name in ("held-1", "lost-1")), what="what will vanish")
    chain.deregister("held-1")
    chain.deregister("lost-1")

    wrong = []
    for fault in [*AT_REST, *CHANGING]:
        with fault.seed(chain) as settings:
            wrong.append(finds(examine, chain, fault, settings or {}))
    expected = {fault.host: fault.step for fault in AT_REST if fault.host != "nobody-1"}
    # What was broken last takes its time to be well again; until then discovery is the fault of every host.
    wait_until(lambda: all_of(examine, chain) == expected, DEADLINE_SECONDS, what=f"the findings {expected}")
    found = "\n".join(one for one in wrong if one)
    assert not found, found
    wait_until(lambda: is_well(examine, chain), what="a chain that is well again")
