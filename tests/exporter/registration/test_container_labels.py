import pytest

from discovery.targets.blackbox_probes import PROBE_KINDS
from exporter.docker.container import PublishedPort
from exporter.integrations.known import Known
from exporter.registration.container_labels import PROBES, is_asking, read_endpoints
from exporter.registration.own_labels import LABELS

KNOWN = Known()

ASKED = [
    ({"vigie.port": "8080"}, [("app-web", 8080, "/metrics", "http", "")]),
    ({"vigie.port": "8080", "vigie.path": "/stats", "vigie.scheme": "https", "vigie.job": "shop", "vigie.probe": "tcp"},
     [("app-shop", 8080, "/stats", "https", "tcp")]),
    ({"vigie.port": "8080, 9090,8080", "vigie.path.9090": "/stats", "vigie.job.9090": "side"},
     [("app-web", 8080, "/metrics", "http", ""), ("app-side", 9090, "/stats", "http", "")]),
    ({"vigie.port": "80", "com.docker.compose.service": "api"}, [("app-api", 80, "/metrics", "http", "")]),
    ({"vigie.port": "80", "com.docker.compose.service": "api", "vigie.job": "shop"},
     [("app-shop", 80, "/metrics", "http", "")]),
    ({"prometheus.io/scrape": "true", "prometheus.io/port": "81", "prometheus.io/path": "/p"},
     [("app-web", 81, "/p", "http", "")]),
    ({"prometheus.io/scrape": "True"}, [("app-web", 8080, "/metrics", "http", "")]),
    ({"prometheus.io/scrape": "true", "prometheus.io/port": "81", "vigie.port": "82"},
     [("app-web", 82, "/metrics", "http", "")]),
    ({"vigie.probe.53": "dns", "vigie.probe.853": "tls"},
     [("app-web", 53, "", "http", "dns"), ("app-web", 853, "", "http", "tls")]),
    ({"vigie.port": "80", "vigie.probe.80": "icmp", "vigie.probe.81": "tcp"},
     [("app-web", 80, "/metrics", "http", "icmp"), ("app-web", 81, "", "http", "tcp")]),
    ({"prometheus.io/scrape": "false", "prometheus.io/port": "81"}, None),
    ({"prometheus.io/port": "81", "vigie.path": "/x", "vigie.job": "shop"}, None),
    ({}, None),
    ({"vigie.integration": "none"}, None),
    ({"vigie.integration": "redis"}, [("app-web", 6379, "", "", "")]),
    ({"vigie.integration": "apache", "vigie.path.80": "/status?auto"}, [("app-web", 80, "/status?auto", "http", "")]),
    ({"vigie.integration": "redis:6380, redis", "vigie.port": "80"},
     [("app-web", 80, "/metrics", "http", ""), ("app-web", 6380, "", "", ""), ("app-web", 6379, "", "", "")]),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "expected"), ASKED)
def test_what_labels_ask_for(make_container, labels, expected):
    container = make_container(labels=labels)
    assert is_asking(container) == (expected is not None)
    if expected is not None:
        endpoints, refusals = read_endpoints(container, KNOWN)
        assert [endpoint[:5] for endpoint in endpoints] == expected
        assert refusals == []


REFUSED = [
    ({"vigie.port": ""}, "port"),
    ({"vigie.port": "0"}, "port"),
    ({"vigie.port": "65536"}, "port"),
    ({"vigie.port": "-1"}, "port"),
    ({"vigie.port": "\uff18\uff10"}, "port"),
    ({"vigie.port": "80/tcp"}, "port"),
    ({"vigie.port": "9" * 100_000}, "port"),
    ({"vigie.port": "80", "vigie.path": "metrics"}, "path"),
    ({"vigie.port": "80", "vigie.path": "/a?target=elsewhere"}, "path"),
    ({"vigie.port": "80", "vigie.path": "/a\nb"}, "path"),
    ({"vigie.port": "80", "vigie.path": "/" + "a" * 512}, "path"),
    ({"vigie.port": "80", "vigie.scheme": "file"}, "scheme"),
    ({"vigie.port": "80", "vigie.job": "../../etc/passwd"}, "name"),
    ({"vigie.port": "80", "vigie.job": "a\nb"}, "name"),
    ({"vigie.port": "80", "vigie.job": "j" * 129}, "name"),
    ({"vigie.port": "80", "com.docker.compose.service": "a/b"}, "name"),
    ({"vigie.integration": "reddis"}, "integration"),
    ({"vigie.probe": "tcp"}, "probe"),
    ({"vigie.probe.53": "ping"}, "probe"),
    ({"vigie.probe.70000": "tcp"}, "port"),
    ({"vigie.integration": "redis:0"}, "port"),
    ({"vigie.integration": "redis:65536"}, "port"),
    ({"vigie.prot": "80"}, "unknown_label"),
    ({"vigie.path.http": "/metrics"}, "unknown_label"),
    ({"vigie.": ""}, "unknown_label"),
]


@pytest.mark.parametrize(("labels", "reason"), REFUSED)
def test_what_would_scrape_another_thing_than_meant_is_refused(make_container, labels, reason):
    endpoints, refusals = read_endpoints(make_container(labels=labels), KNOWN)
    assert endpoints == []
    assert [(refusal.container, refusal.reason) for refusal in refusals] == [("web", reason)]
    assert len(refusals[0].detail) < 300


def test_one_wrong_port_does_not_cost_the_others(make_container):
    endpoints, refusals = read_endpoints(make_container(labels={"vigie.port": "80,nonsense"}), KNOWN)
    assert [endpoint.port for endpoint in endpoints] == [80]
    assert [refusal.reason for refusal in refusals] == ["port"]


@pytest.mark.parametrize("published", [(), (PublishedPort(80, "tcp", "", 1), PublishedPort(81, "tcp", "", 2))])
def test_scrape_without_a_port_needs_exactly_one_published(make_container, published):
    container = make_container(labels={"prometheus.io/scrape": "true"}, published_ports=published)
    assert [refusal.reason for refusal in read_endpoints(container, KNOWN)[1]] == ["port"]


def test_container_with_a_hostile_name_is_refused(make_container):
    assert [refusal.reason for refusal in read_endpoints(make_container("a/../b"), KNOWN)[1]] == ["name"]


def test_labels_of_the_target(make_container):
    labels = {"vigie.port": "80", "vigie.label.team": "core", "vigie.label.env": "", "vigie.label.note": "é" * 256}
    (endpoint,), refusals = read_endpoints(make_container(labels=labels), KNOWN)
    assert endpoint.labels == {"team": "core", "note": "é" * 256}
    assert refusals == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("job", "node"), ("instance", "db-1"), ("host", "db-1"), ("dc", "x"), ("severity", "none"), ("__address__", "x"),
     ("a.b", "x"), ("", "x"), ("é", "x"), ("n" * 123, "x"), ("note", "é" * 257), ("note", "a\nb"), ("note", "\x00")],
)  # fmt: skip
def test_bad_label_costs_only_itself(make_container, name, value):
    (endpoint,), refusals = read_endpoints(
        make_container(labels={"vigie.port": "80", f"vigie.label.{name}": value}), KNOWN
    )
    assert endpoint.labels == {}
    assert [refusal.reason for refusal in refusals] == ["label"]


def test_more_labels_than_meta_has_room_for(make_container):
    labels = {"vigie.port": "80"} | {f"vigie.label.n{number:02}": "x" for number in range(LABELS + 3)}
    (endpoint,), refusals = read_endpoints(make_container(labels=labels), KNOWN)
    assert sorted(endpoint.labels) == [f"n{number:02}" for number in range(LABELS)]
    assert [refusal.reason for refusal in refusals] == ["label"] * 3


def test_discovery_knows_each_probe():
    assert PROBES == PROBE_KINDS


def test_a_port_of_an_integration_in_another_label_is_refused(make_container):
    labels = {"vigie.port": "6379", "vigie.probe.6379": "tls", "vigie.integration": "redis"}
    endpoints, refusals = read_endpoints(make_container(labels=labels), KNOWN)
    assert [(endpoint.port, endpoint.integration) for endpoint in endpoints] == [(6379, "redis")]
    assert [refusal.reason for refusal in refusals] == ["port"]


def test_bad_probe_costs_only_itself(make_container):
    (endpoint,), refusals = read_endpoints(make_container(labels={"vigie.port": "80", "vigie.probe": "ping"}), KNOWN)
    assert endpoint.probe == ""
    assert [refusal.reason for refusal in refusals] == ["probe"]


def test_a_swarm_service_s_tasks_have_one_job(make_container):
    labels = {"vigie.port": "80", "com.docker.swarm.service.name": "shop_web"}
    ((endpoint,), refusals) = read_endpoints(make_container("shop_web.1.q3k5", labels=labels), KNOWN)
    assert (endpoint.service, refusals) == ("app-shop_web", [])


def test_prometheus_s_own_annotations_name_scheme_and_path(make_container):
    labels = {"scrape": "true", "port": "80", "scheme": "https", "path": "stats/metrics"}
    container = make_container(labels={f"prometheus.io/{name}": value for name, value in labels.items()})
    ((endpoint,), refusals) = read_endpoints(container, KNOWN)
    assert (endpoint.scheme, endpoint.path, refusals) == ("https", "/stats/metrics", [])
