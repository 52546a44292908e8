import pytest

from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors.logind import CLASSES, TYPES, Logind, describe, keys, parse_seats, parse_sessions
from exporter.kernel.dbus import Reply

FAILED = Reply("org.freedesktop.DBus.Error.UnknownObject", "", b"", is_little=True)


def text(value):
    return Reply("", "s", len(value).to_bytes(4, "little") + value.encode() + b"\0", is_little=True)


def flag(value):
    return Reply("", "b", value.to_bytes(4, "little"), is_little=True)


def test_what_newer_ones_add_counts_as_other():
    assert describe("seat0", [flag(1), text("tty"), text("user")]) == ("seat0", "true", "tty", "user")
    assert describe("", [flag(0), text("hologram"), text("user-light")]) == ("", "false", "other", "other")


def test_a_session_that_ended_meanwhile_is_left_out():
    assert describe("seat0", [flag(1), FAILED, text("user")]) is None


def test_every_combination_is_a_series():
    assert len(set(keys(["seat0", ""]))) == 2 * 2 * len(TYPES) * len(CLASSES)


@pytest.mark.parametrize("parse", [parse_seats, parse_sessions])
def test_another_answer_fails(parse):
    with pytest.raises(ValueError, match="expected a"):
        parse(text("no list"))
    with pytest.raises(ConnectionError, match="UnknownObject"):
        parse(FAILED)


def test_sessions_are_counted_on_their_seats(supplies):
    page = supplies.make(Logind).page().decode()
    assert 'node_logind_sessions{seat="seat0",remote="false",type="wayland",class="user"} 1\n' in page
    assert 'node_logind_sessions{remote="true",type="tty",class="user"} 2\n' in page


def test_no_bus_is_asked_where_no_logind_runs(tree):
    with pytest.raises(NotApplicableError, match="logind does not run"):
        Supplies(tree({})).make(Logind).page()
