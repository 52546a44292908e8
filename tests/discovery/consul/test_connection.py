"""Reading a real Consul: nothing from the environment, no redirect, no name that leads elsewhere."""

import threading
import time

import pytest

from discovery.consul.access import Access
from discovery.consul.catalog_overview import digest_catalog
from discovery.consul.connection import Connection, ConsulError, is_safe_name
from discovery.consul.records import decode_instance, iterate_rows, node_names, service_tags
from vigie.core.settings import ConsulAccess

pytestmark = pytest.mark.integration


@pytest.fixture
def connection(consul):
    connection = Connection(Access(ConsulAccess(url=(consul.url,)), timeout_seconds=5))
    yield connection
    connection.close()


def test_services_instances_checks_and_nodes_are_read(catalog, connection):
    catalog.row("web", 1, "warning", Meta={"team": "core"})
    assert service_tags(connection.services().body)["web"] == ("prometheus",)
    ((_, row),) = iterate_rows(connection.instances("web").body)
    instance = decode_instance(row)
    assert (instance.service.id, instance.service.meta, instance.health) == ("web-1", {"team": "core"}, "warning")
    assert connection.checks("warning").has_leader
    assert connection.checks("warning").index > 0
    assert ("dc1", "node-1") in node_names(connection.nodes().body)


def test_the_whole_catalog_is_read_in_one_answer(catalog, connection):
    catalog.row("web", 1)
    answer = connection.catalog()
    assert answer is not None
    assert {"web", "consul"} <= digest_catalog(answer.body).keys()


def test_proxies_and_tokens_of_the_environment_are_ignored(connection, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", "00000000-0000-0000-0000-000000000000")
    assert b"consul" in connection.services().body


def test_a_redirect_is_an_error(connection):
    with pytest.raises(ConsulError) as caught:
        connection._get("/v1//catalog/services", 0, 0)
    assert caught.value.reason in {"status_301", "status_307"}  # which one, depends on the version


@pytest.mark.parametrize("name", ["a/b", "x?y", "q#f", "%2e", "né", 'quo"te', "a b", "a&index=5"])
def test_an_odd_name_reaches_its_own_instances_only(catalog, connection, name):
    catalog.row(name, 1)
    ((_, row),) = iterate_rows(connection.instances(name).body)
    assert decode_instance(row).service.name == name


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/../../kv/x", "/etc", "a//b", "a\nb", "x" * 513])
def test_an_unsafe_name_is_never_sent(connection, name):
    assert not is_safe_name(name)
    with pytest.raises(ConsulError) as caught:
        connection.instances(name)
    assert caught.value.reason == "name"


def test_a_waiting_read_ends_when_it_is_aborted_and_the_connection_works_again(catalog, connection):
    index = connection.services().index
    ended = []

    def wait():
        with pytest.raises(ConsulError):
            connection.services(index, 300)
        ended.append(time.monotonic())

    thread = threading.Thread(target=wait)
    thread.start()
    while not ended and thread.is_alive():
        connection.abort()
        thread.join(0.05)
    assert ended
    catalog.row("web", 1)
    assert b"web" in connection.services().body


def test_another_address_is_tried_after_a_failure(consul, free_port):
    connection = Connection(
        Access(ConsulAccess(url=(f"http://127.0.0.1:{free_port()}", consul.url)), timeout_seconds=5)
    )
    with pytest.raises(ConsulError) as caught:
        connection.services()
    assert caught.value.reason == "unreachable"
    assert b"consul" in connection.services().body
    connection.close()


def test_a_token_file_that_is_missing_is_named(consul, tmp_path):
    connection = Connection(Access(ConsulAccess(url=(consul.url,), token_file=tmp_path / "token")))
    with pytest.raises(ConsulError, match=str(tmp_path / "token")):
        connection.services()
