"""The life of a registration, against a real Consul agent."""

import socket

import pytest

from exporter.registration.agent import Agent
from exporter.registration.record import INTERRUPTION, LEAVING, OWNER, SERVICE, Record, owner

from .container_stand_ins import HOST, put
from .host_views import catalog, maintenance, ports, state

pytestmark = pytest.mark.integration


def test_registers_by_contract_and_says_so(consul, announce, wait_until):
    registrar = announce(consul.url, labels=("team=core",))
    wait_until(lambda: b'state="registered"} 1' in registrar.page())
    (instance,) = catalog(consul)
    service = instance["Service"]
    assert (service["ID"], service["Address"], service["Port"]) == (f"vigie-exporter:{HOST}:9100", "127.0.0.1", 9100)
    assert service["Tags"] == ["prometheus"]
    assert (service["Meta"]["instance"], service["Meta"]["label_team"]) == (HOST, "core")


def test_leaving_is_announced_before_it_happens(consul, announce, wait_until):
    registrar = announce(consul.url)
    wait_until(lambda: catalog(consul))
    reasons = []
    deregister = registrar._agent.deregister
    registrar._agent.deregister = lambda service_id: (reasons.append(maintenance(consul)), deregister(service_id))
    registrar.leave()
    assert reasons == [[LEAVING]]
    assert catalog(consul) == []
    assert b'state="left"} 1' in registrar.page()


def test_lost_registration_is_made_again(consul, announce, wait_until):
    announce(consul.url)
    wait_until(lambda: catalog(consul))
    put(consul, f"/v1/agent/service/deregister/vigie-exporter:{HOST}:9100")
    wait_until(lambda: catalog(consul))


def test_agent_that_comes_back_empty_gets_us_back(start_consul, announce, wait_until):
    consul = start_consul(node_name=HOST)
    announce(consul.url)
    wait_until(lambda: catalog(consul))
    consul.stop(9)
    for path in sorted((consul.folder / "data").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    consul.start()
    wait_until(lambda: catalog(consul))


def test_own_maintenance_of_an_earlier_run_is_cleared(consul, announce, wait_until):
    first = announce(consul.url)
    wait_until(lambda: catalog(consul))
    first._agent.set_maintenance(first._id, LEAVING)
    assert maintenance(consul) == [LEAVING]
    announce(consul.url)
    wait_until(lambda: maintenance(consul) == [])


def test_other_peoples_maintenance_is_left(consul, announce, wait_until):
    first = announce(consul.url)
    wait_until(lambda: catalog(consul))
    first._agent.set_maintenance(first._id, "disk swap, ask Ann")
    second = announce(consul.url)
    wait_until(lambda: b'state="registered"} 1' in second.page())
    assert maintenance(consul) == ["disk swap, ask Ann"]


def test_agent_away_at_the_start(start_consul, free_port, announce, wait_until):
    port = free_port()
    registrar = announce(f"http://127.0.0.1:{port}")
    wait_until(lambda: b'state="failed"} 1' in registrar.page() and registrar._errors["unreachable"] > 1)
    consul = start_consul(port=port, node_name=HOST)
    wait_until(lambda: catalog(consul))


def test_another_machines_agent_is_refused(start_consul, announce, wait_until):
    consul = start_consul(node_name="db-7")
    registrar = announce(consul.url)
    wait_until(lambda: "this host is 'web-1'" in registrar._last_failure)
    assert catalog(consul) == []
    announce(consul.url, allows_foreign_agent=True)
    wait_until(lambda: catalog(consul))


def test_facts_that_come_later_are_registered_at_once(consul, announce, wait_until):
    registrar = announce(consul.url)
    wait_until(lambda: state(registrar) == "registered")
    registrar.set_facts({"lifecycle": "spot", "instance": "claimed"})
    meta = catalog(consul)[0]["Service"]["Meta"]
    assert (meta["lifecycle"], meta["instance"]) == ("spot", HOST)
    wait_until(lambda: state(registrar) == "registered")


def test_facts_known_before_the_agent_answers(start_consul, free_port, announce, wait_until):
    port = free_port()
    registrar = announce(f"http://127.0.0.1:{port}")
    registrar.set_facts({"cloud": "aws"})
    consul = start_consul(port=port, node_name=HOST)
    wait_until(lambda: catalog(consul))
    assert catalog(consul)[0]["Service"]["Meta"]["cloud"] == "aws"


def test_interruption_is_maintenance_of_all_that_is_ours_and_nothing_else(consul, announce, wait_until):
    registrar = announce(consul.url)
    wait_until(lambda: state(registrar) == "registered")
    for name, holder in (("app-ours", owner(HOST)), ("app-theirs", owner("web-2"))):
        registrar._agent.register(Record(name, "app-x", "127.0.0.1", 1, (), {OWNER: holder}, {}))
    registrar.set_maintenance(INTERRUPTION)
    expected = {f"vigie-exporter:{HOST}:9100": INTERRUPTION, "app-ours": INTERRUPTION}
    assert registrar._agent.maintenance_reasons() == expected
    put(consul, f"/v1/agent/service/deregister/vigie-exporter:{HOST}:9100")
    wait_until(
        lambda: registrar._agent.maintenance_reasons() == expected,
        what="maintenance once more",
    )
    registrar.set_maintenance(None)
    assert registrar._agent.maintenance_reasons() == {}


def test_leaving_after_an_interruption_is_announced_as_leaving(consul, announce, wait_until):
    registrar = announce(consul.url)
    wait_until(lambda: catalog(consul))
    registrar.set_maintenance(INTERRUPTION)
    assert maintenance(consul) == [INTERRUPTION]
    reasons = []
    deregister = registrar._agent.deregister
    registrar._agent.deregister = lambda service_id: (reasons.append(maintenance(consul)), deregister(service_id))
    registrar.leave()
    assert reasons == [[LEAVING]]


def test_interruption_leaves_other_peoples_maintenance(consul, announce, wait_until):
    registrar = announce(consul.url)
    wait_until(lambda: catalog(consul))
    registrar._agent.set_maintenance(registrar._id, "disk swap, ask Ann")
    registrar.set_maintenance(INTERRUPTION)
    registrar.set_maintenance(None)
    assert maintenance(consul) == ["disk swap, ask Ann"]


def test_killed_exporter_at_another_port_is_cleared(consul, announce, wait_until, free_port):
    dead, theirs = free_port(), free_port()
    helper = Agent(consul.url)
    meta = {OWNER: owner(HOST), "instance": HOST}
    helper.register(Record("dead", SERVICE, "127.0.0.1", dead, (), meta, {}))
    helper.register(Record("theirs", SERVICE, "127.0.0.1", theirs, (), {"instance": HOST}, {}))
    helper.register(Record("other", "app-x", "127.0.0.1", dead, (), meta, {}))
    with socket.create_server(("127.0.0.1", 0)) as alive:
        helper.register(Record("alive", SERVICE, "127.0.0.1", alive.getsockname()[1], (), meta, {}))
        registrar = announce(consul.url)
        wait_until(lambda: dead not in ports(consul) and state(registrar) == "registered")
        assert set(helper.services()) == {"theirs", "other", "alive", registrar._id}
    helper.close()
