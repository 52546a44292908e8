import pytest

from exporter.registration.record import (
    OWNER,
    Announcement,
    Node,
    build_record,
    check_announcement,
    is_loopback,
    join_meta,
    own_meta,
)
from vigie.core.errors import ProblemError, UsageProblemError

NODE = Node("web-1", "10.0.0.5", "an id")


def announcement(**changes):
    return Announcement("web-1", "", 9100)._replace(**changes)


def test_record_by_contract():
    record = build_record(announcement(tags=("canary",), labels=("team=core", "env=prod")), NODE)
    assert record.id == "vigie-exporter:web-1:9100"
    assert (record.address, record.port, record.tags) == ("10.0.0.5", 9100, ("prometheus", "canary"))
    assert record.meta["instance"] == "web-1"
    assert (record.meta["label_team"], record.meta["label_env"]) == ("core", "prod")
    assert record.check["http"] == "http://10.0.0.5:9100/-/healthy"
    assert record.check["interval"] == "10s"
    assert not [key for key in record.check if "deregister" in key.lower()]


def test_another_machines_agent_is_refused_unless_told():
    with pytest.raises(ProblemError, match="of node 'web-1', this host is 'web-2'"):
        build_record(announcement(host_name="web-2"), NODE)
    assert build_record(announcement(host_name="web-2", allows_foreign_agent=True), NODE).meta["instance"] == "web-2"


def test_loopback_listener_needs_a_loopback_address():
    with pytest.raises(ProblemError, match="nobody can reach it"):
        build_record(announcement(listen_host="127.0.0.1"), NODE)
    local = Node("web-1", "127.0.0.1", "an id")
    assert build_record(announcement(listen_host="127.0.0.1"), local).address == "127.0.0.1"


def test_advertised_address_wins_and_ipv6_is_bracketed():
    record = build_record(announcement(advertise_address="2001:db8::7"), NODE)
    assert record.address == "2001:db8::7"
    assert record.check["http"] == "http://[2001:db8::7]:9100/-/healthy"


def test_unknown_node_leaves_the_address_to_the_agent():
    record = build_record(announcement(), None)
    assert record.address == ""
    assert record.check["http"] == "http://web-1:9100/-/healthy"


@pytest.mark.parametrize("name", ["", "a/b", "../etc", "a b", "x" * 200, "-a", "a\n"])
def test_host_names_that_are_no_names(name):
    with pytest.raises(UsageProblemError, match="host name"):
        check_announcement(announcement(host_name=name))


@pytest.mark.parametrize("pair", ["team", "a-b=c", "__address__=x", "=x", "a=" + "é" * 257])
def test_labels_that_are_no_labels(pair):
    with pytest.raises(UsageProblemError, match="--label"):
        check_announcement(announcement(labels=(pair,)))


def test_is_loopback():
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "", "10.0.0.1", "web-1")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


def test_ttl_check_fails_after_three_beats():
    check = build_record(announcement(check="ttl", check_interval_seconds=5.0), NODE).check
    assert (check["ttl"], check["status"]) == ("15s", "passing")
    assert "http" not in check


def test_facts_join_the_meta_and_claim_nothing():
    meta = build_record(announcement(labels=("team=core",)), NODE, {"lifecycle": "spot", "instance": "x"}).meta
    assert (meta["lifecycle"], meta["instance"], meta["label_team"]) == ("spot", "web-1", "core")
    assert meta[OWNER] == "vigie-exporter:web-1"


def test_facts_that_consul_would_refuse_to_take_are_dropped_from_the_end():
    own = own_meta(announcement())
    joined = join_meta(own, {f"label_{number}": "x" for number in range(100)})
    assert len(joined) == 64
    assert joined == {**own, **{f"label_{number}": "x" for number in range(64 - len(own))}}


def test_more_labels_than_consul_takes():
    with pytest.raises(UsageProblemError, match="Consul takes 64 pairs"):
        check_announcement(announcement(labels=tuple(f"a{number}=x" for number in range(64))))
