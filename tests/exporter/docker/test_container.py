import msgspec
import pytest

from exporter.docker.container import Inspected, NetworkAddress, PublishedPort, seconds, understand

from .conftest import RECORDED


def recorded(name, **names):
    return understand(msgspec.json.decode((RECORDED / f"{name}.json").read_bytes(), type=Inspected), **names)


def test_the_facts_of_a_running_container():
    container = recorded("inspect-running")
    assert container.name == "lab-web"
    assert container.image == "labbox:1"
    assert (container.state, container.pid, container.exit_code, container.restart_count) == ("running", 901, 0, 2)
    assert container.health == "healthy"
    assert container.started_at == pytest.approx(1795460442.570312)
    assert container.finished_at == 0
    assert container.labels["vigie.port"] == "8080"
    assert container.network_mode == "bridge"
    assert container.published_ports == (
        PublishedPort(8080, "tcp", "0.0.0.0", 18080),
        PublishedPort(8080, "tcp", "::", 18080),
    )
    assert container.addresses == (NetworkAddress("bridge", "172.17.0.2"),)
    assert container.layer_folder == "/var/lib/docker/overlay2/f00d/diff"


def test_no_environment_variable_is_kept_unless_it_is_listed():
    assert recorded("inspect-running").environment == {}
    assert recorded("inspect-running", environment_names={"REGION"}).environment == {"REGION": "eu=1"}


def test_an_answer_with_everything_missing_still_gives_facts():
    container = understand(msgspec.json.decode(b'{"Id": "ab"}', type=Inspected))
    assert (container.name, container.labels, container.pid, container.is_running) == ("", {}, 0, False)


def test_who_has_stopped_has_exited_in_podmans_words_too():
    assert (
        understand(msgspec.json.decode(b'{"Id": "ab", "State": {"Status": "stopped"}}', type=Inspected)).state
        == "exited"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T01:01:00.5+01:00", 60.5),
        ("0001-01-01T00:00:00Z", 0.0),
        ("", 0.0),
        ("yesterday", 0.0),
    ],
)
def test_times(text, expected):
    assert seconds(text) == expected


def test_ports_that_are_no_numbers_are_left_out():
    container = understand(
        Inspected(
            Id="ab",
            NetworkSettings=msgspec.convert(
                {"Ports": {"x/tcp": [{"HostPort": "1"}], "80/tcp": [{"HostPort": ""}], "81": [{"HostPort": "9"}]}},
                type=Inspected.__annotations__["NetworkSettings"],
            ),
        )
    )
    assert container.published_ports == (PublishedPort(81, "tcp", "", 9),)
