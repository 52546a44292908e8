import pytest

from exporter.docker.container import PublishedPort
from exporter.registration.container_address import Place
from exporter.registration.container_plan import Limits, is_ours, make_plan
from exporter.registration.record import OWNER, Record

PLACE = Place("web-1", "10.0.0.5")
NOW = 5000.0


def plan_of(*containers, place=PLACE, **limits):
    return make_plan({container.id: container for container in containers}, place, Limits(**limits), NOW)


def test_record_by_contract(make_container):
    labels = {"vigie.port": "8080", "vigie.path": "/stats", "vigie.label.team": "core", "vigie.probe": "http"}
    (record,) = plan_of(make_container("shop", labels)).records.values()
    assert record == Record(
        id="vigie:web-1:shop:8080",
        service="app-shop",
        address="10.0.0.5",
        port=18080,
        tags=("prometheus",),
        meta={
            "instance": "web-1/shop:8080",
            "metrics_path": "/stats",
            "scheme": "http",
            "vigie-owner": "vigie-exporter:web-1",
            "probe": "http",
            "label_team": "core",
        },
        check={
            "name": "the application's port takes connections",
            "tcp": "10.0.0.5:18080",
            "interval": "10s",
            "timeout": "5s",
            "status": "passing",
            "DeregisterCriticalServiceAfter": "72h",
        },
    )


def test_record_of_a_port_that_is_probed_alone(make_container):
    (record,) = plan_of(make_container("shop", {"vigie.probe.8080": "tls"})).records.values()
    assert (record.id, record.port, record.tags) == ("vigie:web-1:shop:8080", 18080, ("probe-tls",))
    assert record.meta == {
        "instance": "web-1/shop:8080",
        "scheme": "http",
        "vigie-owner": "vigie-exporter:web-1",
        "probe": "tls",
    }


@pytest.mark.parametrize(("address", "checked"), [("", "web-1:18080"), ("fd00::5", "[fd00::5]:18080")])
def test_check_of_an_address_that_only_consul_knows_and_of_ipv6(make_container, address, checked):
    (record,) = plan_of(make_container(), place=Place("web-1", address)).records.values()
    assert (record.address, record.check["tcp"]) == (address, checked)


LIVES = [
    ("running", 0, 0.0, "record"),
    ("paused", 0, 0.0, "record"),
    ("created", 0, 0.0, ""),
    ("created", 127, 0.0, ""),
    ("restarting", 1, 4999.0, "kept"),
    ("exited", 0, 4999.0, ""),
    ("exited", 137, 4101.0, "kept"),
    ("exited", 137, 4100.0, ""),
    ("dead", 1, 4999.0, "kept"),
    ("removing", 1, 4999.0, ""),
]


@pytest.mark.parametrize(("state", "exit_code", "finished_at", "expected"), LIVES)
def test_what_becomes_of_a_container(make_container, state, exit_code, finished_at, expected):
    plan = plan_of(make_container(state=state, exit_code=exit_code, finished_at=finished_at))
    assert bool(plan.records) == (expected == "record")
    assert plan.keeps("vigie:web-1:web:8080") == (expected == "kept")


def test_only_its_own_records_are_kept(make_container):
    plan = plan_of(make_container("a", state="exited", exit_code=1, finished_at=NOW))
    assert plan.keeps("vigie:web-1:a:1")
    assert not plan.keeps("vigie:web-1:a-b:1")
    assert not plan.keeps("vigie:web-2:a:1")
    assert not plan.keeps("a")


def test_who_was_told_to_stop_has_not_crashed(make_container):
    container = make_container(state="exited", exit_code=137, finished_at=NOW, was_stopped=True)
    assert plan_of(container).kept == frozenset()


def test_crash_of_a_container_without_labels_keeps_nothing(make_container):
    assert plan_of(make_container(labels={}, state="exited", exit_code=1, finished_at=NOW)).kept == frozenset()


def test_several_ports(make_container):
    published = (PublishedPort(80, "tcp", "", 8001), PublishedPort(81, "tcp", "", 8002))
    plan = plan_of(make_container(labels={"vigie.port": "80,81,82"}, published_ports=published))
    assert {record.meta["instance"]: record.port for record in plan.records.values()} == {
        "web-1/web:80": 8001, "web-1/web:81": 8002,
    }  # fmt: skip
    assert [refusal.reason for refusal in plan.refusals] == ["unreachable"]


def test_of_too_many_endpoints_the_older_stay(make_container):
    new = make_container("a-new", {"vigie.port": "80,81"}, created_at=2000.0, network_mode="host")
    old = make_container("z-old", created_at=1000.0)
    plan = plan_of(new, old, max_endpoints=2)
    assert list(plan.records) == ["vigie:web-1:z-old:8080", "vigie:web-1:a-new:80"]
    assert [(refusal.container, refusal.reason) for refusal in plan.refusals] == [("a-new", "too_many")]
    assert plan_of(new, old, max_endpoints=0).records == {}


def test_container_in_anothers_network_is_reached_there_by_its_own_name(make_container):
    vpn = make_container("vpn", {})
    app = make_container("app", network_mode=f"container:{vpn.id}", published_ports=(), addresses=())
    (record,) = plan_of(vpn, app).records.values()
    assert (record.id, record.port) == ("vigie:web-1:app:8080", 18080)


@pytest.mark.parametrize(
    "changes",
    [{"id": "vigie:web-2:web:80"}, {"id": "web"}, {"service": "shop"}, {"meta": {}},
     {"meta": {OWNER: "vigie-exporter:web-2"}}],
)  # fmt: skip
def test_what_is_not_ours(make_container, changes):
    (record,) = plan_of(make_container()).records.values()
    assert is_ours(record, "web-1")
    assert not is_ours(record._replace(**changes), "web-1")
