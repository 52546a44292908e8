"""What systemd's answers become, and what is asked of it."""

import pytest

from exporter.base.calls import DBusCalls
from exporter.base.collector import NotApplicableError
from exporter.collectors import systemd as module
from exporter.collectors.systemd import Systemd, SystemdOptions


@pytest.fixture
def make(tree, systemd):
    """Return `make(**options)`: (the collector, its systemd)."""

    def make(units=None, manager=None, **options):
        peer = systemd(**{key: value for key, value in (("units", units), ("manager", manager)) if value is not None})
        roots = tree({"root/run/systemd/system/.keep": ""})
        return Systemd(roots, DBusCalls(peer.connect), SystemdOptions(**options)), peer

    return make


def lines(page):
    return [line for line in page.decode().splitlines() if not line.startswith("#")]


def test_a_host_without_systemd_has_nothing_to_measure(tree):
    with pytest.raises(NotApplicableError, match="systemd does not run"):
        Systemd(tree({}), DBusCalls()).page()


def test_only_loaded_units_of_the_wanted_names(make):
    collector, _ = make(unit_include=r"(ssh|gone)\..+", unit_exclude=r".+\.socket")
    page_lines = [
        line for line in lines(collector.page()) if line.startswith("node_systemd_unit_state") and "ssh" in line
    ]
    assert len(page_lines) == 5
    assert 'node_systemd_unit_state{name="ssh.service",state="active",type="notify"} 1' in page_lines
    assert b"gone.service" not in collector.page()


def test_patterns_must_match_the_whole_name(make):
    collector, _ = make(unit_include="ssh")
    assert b"node_systemd_unit_state" not in collector.page()


def test_what_is_asked_for_only_on_demand(make):
    collector, peer = make(enable_task_metrics=True, enable_restarts_metrics=True, enable_start_time_metrics=True)
    page_lines = lines(collector.page())
    assert 'node_systemd_service_restart_total{name="ssh.service"} 2' in page_lines
    assert 'node_systemd_unit_tasks_current{name="ssh.service"} 3' in page_lines
    assert 'node_systemd_unit_tasks_max{name="backup.service"} 4915' in page_lines
    assert not any(line.startswith('node_systemd_unit_tasks_max{name="ssh') for line in page_lines)  # unlimited
    assert 'node_systemd_unit_start_time_seconds{name="backup.service"} 0' in page_lines
    assert "ActiveEnterTimestamp" in peer.requested
    collector, peer = make()
    collector.page()
    assert peer.requested.count("NRestarts") == 0


def test_types_are_asked_for_once_a_minute_and_when_a_unit_is_new(make, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(module, "monotonic", lambda: now)
    collector, peer = make()
    for _ in range(2):
        collector.page()
    assert peer.requested.count("Type") == 2
    peer.units = peer.units | {"new.service": ("loaded", "active", {})}
    peer.properties[peer.path("new.service")] = {"Type": "exec"}
    assert b'{name="new.service",state="active",type="exec"} 1' in collector.page()
    now += module.TYPES_SECONDS
    collector.page()
    assert peer.requested.count("Type") == 2 + 3 + 3


def test_a_state_that_changes_is_seen(make):
    collector, peer = make()
    assert b'{name="ssh.socket",state="inactive"} 1' in collector.page()
    peer.units = peer.units | {"ssh.socket": ("loaded", "active", {})}
    assert b'{name="ssh.socket",state="active"} 1' in collector.page()


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        ({"Version": "249", "SystemState": "running"}, ['{version="249"} 249', '="unknown"} 1', "system_running 1"]),
        ({"Version": "v257.3-1", "Virtualization": ""}, ['{version="v257.3-1"} 257.3', '="none"} 1']),
        ({"Version": "44"}, ["node_systemd_version 0"]),
    ],
)
def test_the_system_in_a_few_words(manager, expected, make):
    collector, _ = make(units={}, manager=manager)
    page = collector.page().decode()
    assert [text for text in expected if text not in page] == []
    assert ("node_systemd_system_running" in page) == ("SystemState" in manager)


def test_the_connection_is_closed_each_time(make):
    collector, peer = make()
    collector.page()
    assert peer.is_closed


def test_systemd_itself_is_asked_where_there_is_no_bus(tree, systemd):
    tried, peer = [], systemd()

    def connect(path, _timeout):
        tried.append(path.name)
        if path.name == "system_bus_socket":
            raise FileNotFoundError(path)
        return peer

    page = Systemd(tree({"root/run/systemd/system/.keep": ""}), DBusCalls(connect)).page()
    assert tried == ["system_bus_socket", "private"]
    assert b'node_systemd_units{state="failed"} 1' in page


def test_an_answer_of_another_kind_is_an_error():
    with pytest.raises(ValueError, match=r"expected a\(ssssssouso\)"):
        module.parse_units(module.Reply("", "s", b"", is_little=True))
    with pytest.raises(ConnectionError, match="AccessDenied"):
        module.parse_units(module.Reply("org.freedesktop.DBus.Error.AccessDenied", "s", b"", is_little=True))
