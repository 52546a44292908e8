"""Messages as D-Bus writes them, and what a peer may do wrong."""

import socket
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kernel import dbus
from exporter.kernel.dbus_types import Body, types

BUS = "org.freedesktop.DBus"
# The first message of every client, by the specification's rules of marshalling.
HELLO = (
    b"l\1\0\1" + struct.pack("<III", 0, 1, 0x6E)
    + b"\1\1o\0\x15\0\0\0/org/freedesktop/DBus\0\0\0"
    + b"\6\1s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0"
    + b"\2\1s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0"
    + b"\3\1s\0\5\0\0\0Hello\0\0\0"
)  # fmt: skip


@pytest.fixture
def pair():
    """Return (the client's end, the peer's end) of a connection."""
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_a_call_is_marshalled_as_the_specification_says():
    assert dbus._message(dbus.make_call(BUS, "/org/freedesktop/DBus", BUS, "Hello"), 1) == HELLO
    assert dbus.message_bytes(HELLO) == len(HELLO)


def test_arguments_are_strings_with_their_signature():
    call = dbus._message(dbus.make_call("a.b", "/", "c.d", "Get", "e.f", "Name"), 7)
    _, reply = dbus.parse_message(call)
    assert reply.signature == "ss"
    assert reply.values() == ("e.f", "Name")


def test_complete_types():
    assert list(types("ua(ssa{sv})v")) == ["u", "a(ssa{sv})", "v"]


@pytest.mark.parametrize("signature", ["a", "(s", "()", "a()", "{"])
def test_no_type_is_an_error(signature):
    with pytest.raises(ValueError, match="D-Bus"):
        Body(struct.pack("<I", 8) + b"\0" * 20).read(signature)


def test_values_stand_at_multiples_of_their_size():
    data = b"\7\0\0\0" + struct.pack("<I", 8) + b"\1\0\0\0\0\0\0\0" + b"\1t\0\0\0\0\0\0" + struct.pack("<Q", 2**63)
    assert Body(data).read("yayv") == (7, [1, 0, 0, 0, 0, 0, 0, 0], 2**63)


def test_a_peer_of_the_other_byte_order_is_understood():
    assert Body(b"\0\0\0\2ab\0", is_little=False).read("s") == ("ab",)


@given(st.binary(max_size=200), st.sampled_from(["s", "v", "a(ssssssouso)", "a{sv}", "av", "g", "d"]))
def test_any_body_gives_values_or_a_clean_failure(data, signature):
    with suppress(ValueError):
        assert len(Body(data).read(signature)) == 1


@given(st.integers(0, len(HELLO)), st.binary(max_size=20))
def test_any_message_gives_a_reply_or_a_clean_failure(place, noise):
    damaged = HELLO[:place] + noise + HELLO[place + len(noise) :]
    with suppress(ValueError):
        serial, _ = dbus.parse_message(damaged)
        assert serial == 0 or damaged[1] in {dbus.METHOD_RETURN, dbus.ERROR}


def test_a_refused_authentication_says_so(pair):
    ours, theirs = pair
    theirs.sendall(b"REJECTED EXTERNAL\r\n")
    with pytest.raises(PermissionError, match="REJECTED"), dbus.Connection(ours, 5, is_bus=False):
        pass
    assert ours.fileno() == -1


def test_a_peer_that_says_nothing_costs_the_deadline_only(pair):
    with pytest.raises(TimeoutError), dbus.Connection(pair[0], 0.05, is_bus=False):
        pass


def test_a_peer_that_hangs_up_is_an_error(pair):
    ours, theirs = pair
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(ConnectionError, match="closed"), dbus.Connection(ours, 5, is_bus=False):
        pass


def test_a_message_beyond_the_limit_is_an_error():
    with pytest.raises(ValueError, match="bytes"):
        dbus.message_bytes(b"l\2\0\1" + struct.pack("<III", 2**31, 1, 0))


def test_what_is_no_message_is_an_error():
    with pytest.raises(ValueError, match="expected a message"):
        dbus.message_bytes(b"HTTP/1.1 400 Bad")


def test_replies_come_back_in_the_order_of_the_calls(pair):
    ours, theirs = pair
    theirs.sendall(b"OK 1\r\n")
    with dbus.Connection(ours, 5, is_bus=False) as connection:
        for serial in (2, 1):
            fields = b"\5\1u\0" + struct.pack("<I", serial) + b"\x08\1g\0\1u\0"
            header = struct.pack("<cBBBIII", b"l", 2, 1, 1, 4, 9, len(fields))
            theirs.sendall(header + fields + b"\0" * (-len(fields) % 8) + struct.pack("<I", serial * 10))
        call = dbus.make_call("a.b", "/", "c.d", "Get")
        assert [reply.values() for reply in connection.ask([call, call])] == [(10,), (20,)]
