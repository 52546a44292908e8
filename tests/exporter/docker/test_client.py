import re
from pathlib import Path

import pytest

from exporter.base import wire
from exporter.docker import client as module
from exporter.docker.client import Address, Client, StatusError, choose_version, parse_url
from exporter.docker.container import Inspected
from vigie.core.errors import UsageProblemError

from .conftest import ID


@pytest.mark.parametrize(
    ("newest", "oldest", "chosen"),
    [
        ("1.24", "1.12", "1.24"),
        ("1.41", "", "1.41"),
        ("1.52", "1.44", "1.51"),
        ("1.60", "1.55", "1.55"),  # a daemon that no longer speaks ours is asked in its oldest
    ],
)
def test_the_newest_version_that_both_know_is_used(newest, oldest, chosen):
    assert choose_version(newest, oldest) == chosen


@pytest.mark.parametrize("newest", ["1.23", "", "banana", "1.41/../../x"])
def test_too_old_or_nonsense_versions_are_refused(newest):
    with pytest.raises(ValueError, match="expected"):
        choose_version(newest, "")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("unix:///var/run/docker.sock", Address("/var/run/docker.sock")),
        ("tcp://proxy:2375", Address("", "proxy", 2375)),
        ("http://[::1]:99", Address("", "::1", 99)),
        ("http://proxy", Address("", "proxy", 2375)),
    ],
)
def test_addresses(url, address):
    assert parse_url(url) == address


@pytest.mark.parametrize(
    "url", ["", "/var/run/docker.sock", "unix://docker.sock", "https://x", "tcp://x:port", "ssh://x"]
)
def test_a_wrong_address_names_what_was_expected(url):
    with pytest.raises(UsageProblemError, match="expected unix:///PATH"):
        parse_url(url)


def test_only_get_and_only_the_listed_paths_are_sent(daemon):
    daemon.add(1)
    client = Client(daemon.url)
    assert client.negotiate() == "1.41"
    client.ping()
    assert client.list_ids() == [ID(1)]
    assert client.inspect(ID(1), Inspected).Name == "/box-1"
    client.events().close()
    assert {method for method, _ in daemon.requests} == {"GET"}
    assert [path.partition("?filters=")[0] for _, path in daemon.requests] == [
        "/version",
        "/_ping",
        "/v1.41/containers/json?all=1",
        f"/v1.41/containers/{ID(1)}/json",
        "/v1.41/events",
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/info",
        "/v1.41/images/json",
        "/v1.41/containers/json?all=1&size=1",
        f"/v1.41/containers/{ID(1)}/start",
        f"/v1.41/containers/{ID(1)}/archive?path=/",
        "/v1.41/containers/x/json",
        f"/v1.41/containers/{ID(1)}/json?size=1",
        "/v1.41/events?filters=x&until=1",
        "/_ping\r\nX: y",
        "/version\n",
        "/../version",
    ],
)
def test_no_other_path_leaves_the_process(daemon, path):
    with pytest.raises(ValueError, match="not among the paths"):
        Client(daemon.url)._get(path)
    assert daemon.requests == []


def test_the_module_has_no_word_for_another_method():
    files = (Path(module.__file__), Path(wire.__file__))
    assert not any(re.search("(POST|PUT|DELETE|PATCH) ", file.read_text()) for file in files)


def test_an_id_from_the_daemon_cannot_lead_elsewhere(daemon):
    client = Client(daemon.url)
    client.negotiate()
    with pytest.raises(ValueError, match="not among the paths"):
        client.inspect("../images", Inspected)


def test_another_status_is_an_error_that_names_it(daemon):
    client = Client(daemon.url)
    client.negotiate()
    with pytest.raises(StatusError, match=r"404: .*No such container") as caught:
        client.inspect(ID(9), Inspected)
    assert caught.value.status == 404


def test_a_daemon_that_hangs_costs_the_timeout(daemon):
    daemon.answering.clear()
    with pytest.raises(TimeoutError):
        Client(daemon.url, timeout_seconds=0.05).negotiate()


def test_events_come_in_pieces_and_together(daemon):
    client = Client(daemon.url)
    client.negotiate()
    events = client.events()
    try:
        daemon.emit_raw(b'{"Action":"start","Actor":{"ID":"a"}}\n{"Action":"di')
        assert [event.Action for event in events.next(5)] == ["start"]
        daemon.emit_raw(b'e","Actor":{"ID":"a"}}\n')
        assert [event.Action for event in events.next(5)] == ["die"]
        with pytest.raises(TimeoutError):
            events.next(0.02)
        daemon.emit("oom", 1)
        assert [event.Actor.ID for event in events.next(5)] == [ID(1)]
        daemon.end_streams()
        with pytest.raises(ConnectionResetError):
            events.next(5)
    finally:
        events.close()
