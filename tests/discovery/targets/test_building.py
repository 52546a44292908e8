"""What an instance may say of itself, and what it may not."""

import json

import pytest

from discovery.consul.records import Check, Instance, Node, Service
from discovery.targets.building import build_target, without_duplicates
from discovery.targets.policy import Policy, parse_networks
from discovery.targets.selection import parse
from discovery.targets.target import RefusedError

POLICY = Policy(
    parse("tag == prometheus"), {}, frozenset({"consul"}), parse_networks(["0.0.0.0/0", "::/0"]), frozenset({"secret"})
)


def row(name="web", **facts):
    node = Node(
        name=facts.pop("node", "host-1"),
        address=facts.pop("node_address", "10.0.0.1"),
        datacenter="dc1",
        tagged_addresses={"lan": "10.0.0.1", "wan": "192.0.2.1"},
        meta=facts.pop("node_meta", None),
    )
    checks = facts.pop("checks", ())
    values = {"id": f"{name}-1", "address": "", "port": 80, "tags": ("prometheus",), **facts}
    return Instance(node=node, service=Service(name=name, **values), checks=checks)


def labels(instance, policy=POLICY):
    return json.loads(build_target(instance, policy, lambda *_: None).group)["labels"]


def reason(instance, policy=POLICY):
    with pytest.raises(RefusedError) as refused:
        build_target(instance, policy, lambda *_: None)
    return refused.value.reason


def omissions(instance):
    reasons = []
    build_target(instance, POLICY, lambda reason, _detail: reasons.append(reason))
    return reasons


def test_a_service_s_labels_are_those_of_the_contract():
    own = labels(row(meta={"label_team": "core", "metrics_path": "/m", "scheme": "https"}))
    assert (
        own.items()
        >= {
            "job": "web",
            "instance": "10.0.0.1:80",
            "host": "host-1",
            "dc": "dc1",
            "team": "core",
            "__metrics_path__": "/m",
            "__scheme__": "https",
        }.items()
    )


def test_the_meta_labels_are_those_of_prometheus():
    own = labels(
        row(address="10.0.0.9", tags=("prometheus", "b"), meta={"a-b": "1"}, node_meta={"az": "eu"}, node="host-1")
    )
    assert {name: value for name, value in own.items() if name.startswith("__meta_consul_")} == {
        "__meta_consul_address": "10.0.0.1",
        "__meta_consul_dc": "dc1",
        "__meta_consul_health": "passing",
        "__meta_consul_metadata_az": "eu",
        "__meta_consul_node": "host-1",
        "__meta_consul_service": "web",
        "__meta_consul_service_address": "10.0.0.9",
        "__meta_consul_service_id": "web-1",
        "__meta_consul_service_metadata_a_b": "1",
        "__meta_consul_service_port": "80",
        "__meta_consul_tagged_address_lan": "10.0.0.1",
        "__meta_consul_tagged_address_wan": "192.0.2.1",
        "__meta_consul_tags": ",prometheus,b,",
    }


def test_the_exporter_is_job_node_under_its_node_s_name():
    own = labels(row("vigie-exporter", port=9100, meta={"instance": "somebody-else"}))
    assert (own["job"], own["instance"]) == ("node", "host-1")


def test_the_exporter_may_use_any_address_of_its_node_but_no_other():
    assert build_target(row("vigie-exporter", address="192.0.2.1"), POLICY, print).job == "node"
    assert reason(row("vigie-exporter", address="10.0.0.2")) == "not_node_address"


def test_a_job_with_credentials_takes_only_addresses_of_nodes():
    assert reason(row("secret", address="10.0.0.2")) == "not_node_address"


@pytest.mark.parametrize("name", ["node", "prometheus", "grafana"])
def test_a_fixed_job_s_name_can_t_be_claimed(name):
    assert reason(row(name)) == "reserved_job"


def test_a_configured_fixed_job_is_accepted():
    assert labels(row("consul"))["job"] == "consul"


def test_node_can_t_be_configured_away():
    assert reason(row("node"), POLICY._replace(fixed_jobs=frozenset({"node"}))) == "reserved_job"


@pytest.mark.parametrize("name", ["job", "instance", "host", "dc", "replica", "le", "__address__", "a-b", "1a", ""])
def test_a_label_that_would_forge_something_is_left_out_and_reported(name):
    instance = row(meta={f"label_{name}": "forged"})
    assert "forged" not in {value for key, value in labels(instance).items() if not key.startswith("__meta_")}
    assert omissions(instance)[-1] == "label"


def test_a_container_s_name_stands_below_its_host_s():
    assert labels(row(meta={"instance": "host-1/shop:8080"}))["instance"] == "host-1/shop:8080"
    assert labels(row(meta={"instance": "host-2/shop:8080"}))["instance"] == "10.0.0.1:80"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"port": 0}, "port"),
        ({"port": 70000}, "port"),
        ({"address": "10.0.0.1/evil"}, "address"),
        ({"address": "fe80::1%a/b"}, "address"),
        ({"address": "a b"}, "address"),
        ({"id": "a\nb"}, "name"),
        ({"node": ""}, "name"),
        ({"tags": ("prometheus", "x" * 70000)}, "too_large"),
    ],
)
def test_what_makes_no_sound_target_is_refused(facts, why):
    assert reason(row(**facts)) == why


def test_addresses_must_lie_in_the_allowed_networks():
    policy = POLICY._replace(networks=parse_networks(["10.0.0.0/24"]))
    assert labels(row(), policy)["instance"] == "10.0.0.1:80"
    assert reason(row(address="10.0.1.1"), policy) == "network"
    assert reason(row(address="::ffff:10.0.0.1"), policy) == "network"
    assert reason(row(address="db.example.org"), policy) == "address"


def test_an_ipv6_address_stands_in_brackets():
    assert labels(row(address="2001:db8::1"))["instance"] == "[2001:db8::1]:80"


def test_of_colliding_keys_the_first_in_order_wins():
    assert labels(row(meta={"a_b": "2", "a-b": "1"}))["__meta_consul_service_metadata_a_b"] == "1"
    assert omissions(row(meta={"a_b": "2", "a-b": "1"})) == ["collision"]


@pytest.mark.parametrize(("key", "bad"), [("scheme", "file"), ("metrics_path", "metrics"), ("metrics_path", "/\n")])
def test_an_unsound_scheme_or_path_is_left_out(key, bad):
    instance = row(meta={key: bad})
    assert f"__{key}__" not in labels(instance)
    assert omissions(instance) == [key]


def test_health_is_the_worst_check_and_maintenance_above_all():
    critical = Check(check_id="c", status="critical", service_id="web-1")
    kept = Check(check_id="_service_maintenance:web-1", status="critical", service_id="web-1")
    assert labels(row(checks=(critical, Check(check_id="d", status="warning"))))["__meta_consul_health"] == "critical"
    assert labels(row(checks=(critical, kept)))["__meta_consul_health"] == "maintenance"


def test_only_our_own_maintenance_announces_a_leaving():
    check_id = "_service_maintenance:web-1"
    announcement = Check(check_id=check_id, status="critical", notes="vigie: leaving", service_id="web-1")
    other = Check(check_id=check_id, status="critical", notes="Tuesday", service_id="web-1")
    imitation = Check(check_id="mine", status="critical", notes="vigie: leaving", service_id="web-1")
    checks = (announcement, other, imitation)
    is_leaving = [build_target(row(checks=(check,)), POLICY, print).is_leaving for check in checks]
    assert is_leaving == [True, False, False]


def test_a_node_is_down_by_its_own_critical_check_but_not_in_maintenance():
    down = Check(check_id="serfHealth", status="critical")
    kept = Check(check_id="_node_maintenance", status="critical")
    assert build_target(row(checks=(down,)), POLICY, print).is_node_down
    assert not build_target(row(checks=(kept,)), POLICY, print).is_node_down


@pytest.mark.parametrize(
    ("instance", "is_spot"),
    [
        (row(node_meta={"lifecycle": "spot"}), True),
        (row("vigie-exporter", meta={"lifecycle": "spot"}), True),
        (row(meta={"lifecycle": "spot"}), False),
    ],
)
def test_spot_is_said_by_the_node_or_its_exporter(instance, is_spot):
    assert build_target(instance, POLICY, print).is_spot is is_spot


def test_of_two_with_one_identity_the_older_stays():
    young = build_target(row(id="b", create_index=9), POLICY, print)
    old = build_target(row(id="z", create_index=3), POLICY, print)
    kept, refused = without_duplicates([young, old])
    assert list(kept) == [old.key]
    assert [(refusal.key, refusal.reason) for refusal in refused] == [(young.key, "duplicate")]


NODE_DOWN = Check("serfHealth", "critical")
FAILING = Check("c", "critical", service_id="b")


@pytest.mark.parametrize("checks", [(NODE_DOWN,), (FAILING,), (NODE_DOWN, FAILING)])
def test_of_two_with_one_identity_the_living_stays_though_it_is_younger(checks):
    old = build_target(row(id="b", create_index=3, checks=checks), POLICY, print)
    young = build_target(row(id="z", create_index=9), POLICY, print)
    kept, refused = without_duplicates([old, young])
    assert (list(kept), [refusal.key for refusal in refused]) == ([young.key], [old.key])


def test_of_two_failing_ones_that_on_a_machine_that_is_up_stays():
    old = build_target(row(id="b", create_index=3, checks=(NODE_DOWN,)), POLICY, print)
    young = build_target(row(id="z", create_index=9, checks=(FAILING,)), POLICY, print)
    assert list(without_duplicates([old, young])[0]) == [young.key]


def test_parameters_of_the_path_are_sent_as_parameters():
    scrape = labels(row(meta={"metrics_path": "/v1/metrics?format=prometheus&x=a%20b"}))
    assert (scrape["__metrics_path__"], scrape["__param_format"], scrape["__param_x"]) == (
        "/v1/metrics",
        "prometheus",
        "a b",
    )
    assert omissions(row(meta={"metrics_path": "/m?a-b=1&c=1&c=2"})) == ["metrics_path", "metrics_path"]


def test_the_wan_address_that_consul_puts_for_the_node_s_stands_for_the_instance_s_too():
    assert labels(row(node_address="192.0.2.1", address="10.0.0.1"))["instance"] == "192.0.2.1:80"
    assert labels(row("vigie-exporter", node_address="192.0.2.1", address="10.0.0.1"))["instance"] == "host-1"
    assert labels(row(node_address="192.0.2.1", address="10.0.0.9"))["instance"] == "10.0.0.9:80"


@pytest.mark.parametrize("spelling", ["2001:DB8:0::1", "2001:db8:0:0::1"])
def test_the_node_s_own_address_counts_however_it_is_spelled(spelling):
    assert labels(row("vigie-exporter", node_address="2001:db8::1", address=spelling))["host"] == "host-1"
