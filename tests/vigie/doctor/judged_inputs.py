"""What the steps are given in tests: cases that a real chain can't easily be brought to, with the expected words."""

from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings.facts import (
    Check,
    Consul,
    Discovery,
    DiscoveryDatacenter,
    DiscoveryTarget,
    Grafana,
    Page,
    Prometheus,
    Readings,
    Registration,
    Rule,
    Rules,
    Scrape,
    UnresolvedRoutes,
)
from vigie.doctor.findings.verdict import DiagnosisInput

HOST = ("dc1", "web-1")
CONSUL = Consul(
    has_leader=True,
    datacenters=("dc1",),
    unread={},
    filtered=frozenset(),
    nodes=frozenset([HOST]),
    registrations={},
)
SITE = DiscoveryDatacenter("dc1", ready=True, last_success=1000.0)
DISCOVERY = Discovery((SITE,), {}, ())
PROMETHEUS = Prometheus(
    reload_is_good=True,
    active={},
    dropped=(),
    files=(),
    rules=Rules(1, ("vigie-host.yml",), ()),
    alertmanagers=("a:9093",),
    age_seconds={HOST: 1.0},
    clock_seconds={HOST: 0.0},
    sample_labels={HOST: {"job": "node", "instance": "web-1", "host": "web-1", "dc": "dc1"}},
    interval_seconds=15,
)


def registered(*checks, **meta):
    return (Registration(HOST, "vigie-exporter:web-1:9100", "10.0.0.1", 9100, meta, ("prometheus",), checks),)


def given(consul=CONSUL, discovery=DISCOVERY, prometheus=PROMETHEUS, grafana=None, **changes):
    readings = Readings(
        at=1010.0,
        consul=("http://consul", consul),
        discovery={"http://discovery": discovery},
        prometheus={"http://prometheus": prometheus},
        alertmanager={},
        grafana=grafana and ("http://grafana", grafana),
        routes=None,
        receivers=(),
    )
    return DiagnosisInput(HOST, readings, registered(), None)._replace(**changes)


def kept(status):
    target = DiscoveryTarget("node", "web-1", "web-1", "dc1", "passing", status, 1000.0, "id")
    return DISCOVERY._replace(targets={HOST: (target,)})


def grafana_with(board=None, source=None, hosts=(HOST,)):
    return Grafana(board, source, frozenset(hosts))


CONSUL_AWAY = Check(check_id="serfHealth", status="critical", output="Agent not live or unreachable")
MARK = Check(check_id="_service_maintenance:x", status="critical", notes="vigie: leaving")
ELSEWHERE = DISCOVERY._replace(datacenters=(DiscoveryDatacenter("dc2", ready=True, last_success=1000.0),))
FAULTS = [
    ("consul", given(consul=CONSUL._replace(has_leader=False)), "has no leader"),
    ("consul", given(consul=FetchFailure("server", "500 No cluster leader")), "has no leader"),
    ("consul", given(consul=CONSUL._replace(filtered=frozenset(["dc1"]))), "hides instances from us"),
    ("consul", given(consul=CONSUL._replace(unread={"dc1": FetchFailure("server", "500")})), "dc1 can't be read"),
    (
        "healthy",
        given(registrations=registered(CONSUL_AWAY)),
        "the Consul agent of web-1 is away: Agent not live",
    ),
    (
        "registered",
        given(registrations=registered(instance="web-2")),
        "registered for instance 'web-2' on node 'web-1'",
    ),
    ("registered", given(registrations=()), "has the node web-1, but no vigie-exporter"),
    ("registered", given(registrations=(), consul=CONSUL._replace(nodes=frozenset())), "knows no node 'web-1'"),
    (
        "registered",
        given(registrations=(), samples=(('vigie_registration_errors_total{reason="unreachable"}', 3.0),)),
        "can't reach its Consul agent",
    ),
    (
        "discovery",
        given(discovery=DISCOVERY._replace(datacenters=(DiscoveryDatacenter("dc1", ready=False, last_success=0),))),
        "waits for its first good state",
    ),
    (
        "discovery",
        given(
            discovery=DISCOVERY._replace(
                datacenters=(DiscoveryDatacenter("dc1", ready=True, last_success=1000, frozen="index"),)
            )
        ),
        "index went back",
    ),
    (
        "discovery",
        given(discovery=DISCOVERY._replace(datacenters=(DiscoveryDatacenter("dc1", ready=True, last_success=10),))),
        "has not heard from Consul for 1000 s",
    ),
    ("target", given(discovery=ELSEWHERE), "no discovery reads datacenter dc1"),
    ("target", given(), "does not select it, though it is registered"),
    ("target", given(discovery=kept("missing")), "has vanished from Consul"),
    (
        "loaded",
        given(prometheus=PROMETHEUS._replace(active={("dc2", "web-1"): ()})),
        "without the datacenter dc1",
    ),
    (
        "loaded",
        given(prometheus=PROMETHEUS._replace(active={("dc1", "web-2"): ()})),
        "has 1 hosts, but not web-1",
    ),
    ("fresh", given(prometheus=PROMETHEUS._replace(age_seconds={})), "has no node_time_seconds of it"),
    ("clock", given(prometheus=PROMETHEUS._replace(clock_seconds={HOST: -90.0})), "90 s behind"),
    ("labels", given(registrations=registered(label_team="core")), "team='', not 'core'"),
    ("rules", given(prometheus=PROMETHEUS._replace(rules=Rules(9, ("site.yml",), ()))), "none of our rules"),
    (
        "rules",
        given(prometheus=PROMETHEUS._replace(rules=Rules(9, (), (Rule("a", "f.yml", ""),)))),
        "does not say why",
    ),
    (
        "page",
        given(
            page=Page("http://x/metrics", b"#\n", 6.0),
            families=frozenset(
                (
                    "node_cpu_seconds_total",
                    "node_memory_MemTotal_bytes",
                    "node_load1",
                    "node_time_seconds",
                    "node_uname_info",
                )
            ),
        ),
        "took 6.0 s",
    ),
    (
        "route",
        given(find_routes=lambda: UnresolvedRoutes("bad", is_fault=True)),
        "the routes can't be tried: bad",
    ),
    ("boards", given(grafana=FetchFailure("refused")), "Grafana at http://grafana refuses connections"),
    ("boards", given(grafana=grafana_with(board=FetchFailure("missing"))), "has no board vigie-host"),
    ("boards", given(grafana=grafana_with(board=FetchFailure("forbidden"))), "does not let our login read"),
    ("boards", given(grafana=grafana_with(source=FetchFailure("missing"))), "no data source vigie-prometheus"),
    (
        "boards",
        given(grafana=grafana_with(source=FetchFailure("server", "502"))),
        "can't query Prometheus .* 502",
    ),
    ("boards", given(grafana=grafana_with(hosts=())), "has no data of web-1, though Prometheus has"),
]  # fmt: skip - a line each
SCRAPING = PROMETHEUS._replace(active={HOST: (Scrape(health="up"),)})
WELL = [
    ("healthy", given(registrations=registered(MARK)), "in maintenance: vigie: leaving"),
    ("target", given(discovery=kept("unread")), "web-1 as job node"),
    ("boards", given(grafana=grafana_with()), "http://grafana"),
    ("agent", given(), "every Prometheus reaches it"),
    (
        "page",
        given(page=Page("http://x/metrics", b"x"), page_problem="line 1", prometheus=SCRAPING),
        "Prometheus takes it, though it is not quite the text format: line 1",
    ),
    (
        "agent",
        given(page=Page("http://x/metrics", FetchFailure("timeout")), prometheus=SCRAPING),
        "but Prometheus reaches it",
    ),
    ("agent", given(page=Page("https://x/metrics", FetchFailure("tls"))), "https://x/metrics"),
]


def watched(state="ok", health="up", error="", rules=("vigie-integration-redis.yml",), **changes):
    """Return a host with a watched Redis, whose check has this state."""
    labels = {"dc": "dc1", "host": "web-1", "instance": "web-1/cache:6379", "integration": "redis"}
    prometheus = PROMETHEUS._replace(
        integrations={HOST: (Scrape(labels=labels, health=health, last_error=error),)},
        states={("dc1", "web-1/cache:6379", "redis"): state, ("dc2", "web-1/cache:6379", "redis"): "denied"},
        rules=Rules(1, rules, ()),
    )
    return given(prometheus=prometheus, has_rules={"redis"}.__contains__, **changes)


REFUSAL = (('vigie_autodiscovery_refused{reason="port"}', 1.0), ('vigie_autodiscovery_refused{reason="name"}', 0.0))
FAULTS += [
    ("integration", watched("denied"), "redis web-1/cache:6379 refuses the exporter's login"),
    ("integration", watched("unreachable"), "does not listen where"),
    ("integration", watched("timeout"), "does not answer the exporter in time"),
    ("integration", watched("invalid"), "what can't be understood"),
    ("integration", watched("error"), "the check itself failed"),
    ("integration", watched(health="down", error="connection refused"), "can't scrape redis .*: connection refused"),
    ("integration", watched(rules=("vigie-host.yml",)), "has no alerts of redis"),
    ("integration", given(integration="redis"), "nothing on web-1 asks for redis"),
    ("integration", watched(integration="haproxy"), "nothing on web-1 asks for haproxy"),
    ("integration", given(integration="redis", samples=REFUSAL), "refuses what .* ask for: port$"),
    (
        "integration",
        given(integration="redis", samples=(('vigie_autodiscovery_endpoints{state="pending"}', 2.0),)),
        "has not registered all",
    ),
]
WELL += [("integration", watched(), "1: redis"), ("integration", watched(integration="redis"), "1: redis")]
