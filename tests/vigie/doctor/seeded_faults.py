"""The faults that are seeded into a real chain: who is asked about, where each must be found, and by which words."""

import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.vigie.doctor import seeds


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


NOWHERE = "http://127.0.0.1:9"
CHANGING = [
    Fault("the exporter hangs", "", "agent", "takes the connection and then does not answer", seeds.signalled),
    Fault("the exporter is dead", "", "agent", "refuses connections", seeds.killed),
    Fault("our Consul token is wrong", "", "consul", "refuses our token .*ACL not found", seeds.token_refused),
    Fault("Consul is down", "", "consul", "refuses connections", lambda chain: chain.without(chain.consul)),
    Fault(
        "the exporter's Consul token is wrong",
        "denied-1",
        "registered",
        "access control denies",
        seeds.other_exporter("--foreign-agent", "--consul-token-file", "TOKEN", name="denied-1"),
    ),
    Fault(
        "the agent is another machine's",
        "refused-1",
        "registered",
        "refuses to register: the Consul agent is another machine's",
        seeds.other_exporter(name="refused-1"),
    ),
    Fault(
        "it does not register",
        "silent-1",
        "registered",
        "does not register itself",
        seeds.other_exporter("--no-register", name="silent-1"),
    ),
    Fault("discovery is down", "", "discovery", "refuses connections", lambda chain: chain.without(chain.discovery)),
    Fault(
        "one of two Prometheus is down",
        "",
        "prometheus",
        "127.0.0.1:9 refuses connections",
        lambda chain: contextlib.nullcontext({"VIGIE_PROMETHEUS_URL": f"{chain.prometheus.url},{NOWHERE}"}),
    ),
    Fault(
        "Prometheus refuses its configuration",
        "",
        "prometheus",
        "refused its newest configuration",
        lambda chain: chain.changed(chain.prometheus, "prometheus.yml", lambda text: text + "nonsense: 1\n"),
    ),
    Fault(
        "Prometheus reads another folder",
        "",
        "loaded",
        "no target of the job node: it reads .*/elsewhere/node.json",
        seeds.reading_elsewhere,
    ),
    Fault(
        "a rule is broken",
        "",
        "rules",
        "can't evaluate 1 .* broken:rule of site.yml: .*duplicate series",
        seeds.rule_broken,
    ),
    Fault("Grafana's token has expired", "", "boards", "it has expired, was deleted", seeds.grafana_that_refuses),
    Fault(
        "Alertmanager is down",
        "",
        "alertmanager",
        "refuses connections",
        lambda chain: chain.without(chain.alertmanager),
    ),
    Fault(
        "Prometheus sends alerts to nobody",
        "",
        "alertmanager",
        "sends its alerts to nobody",
        lambda chain: chain.changed(
            chain.prometheus, "prometheus.yml", chain.configure(lambda document: document.pop("alerting"))
        ),
    ),
    Fault(
        "routes.yml was not applied", "", "configuration", "does not know the receiver pager", seeds.site_with_a_pager
    ),
    Fault(
        "Alertmanager refuses its configuration",
        "",
        "configuration",
        "refused its newest configuration",
        lambda chain: chain.changed(chain.alertmanager, "alertmanager.yml", lambda text: text + "nonsense: 1\n"),
    ),
    Fault(
        "the route is missing",
        "",
        "route",
        "HostDown of .* reaches nobody",
        lambda chain: chain.changed(chain.alertmanager, "alertmanager.yml", chain.configure(seeds.to("nobody"))),
    ),
    Fault(
        "the receiver is down",
        "",
        "receiver",
        "receiver inbox can't be reached by webhook: .* refuses connections",
        lambda chain: chain.without(chain.inbox),
    ),
]
