"""To which addresses Prometheus is sent, and to which it never is."""

import time

import pytest

from discovery.targets.addresses import ForbiddenAddressError, check_address
from discovery.targets.name_resolver import NameResolver
from discovery.targets.policy import parse_networks

OPEN = parse_networks(["0.0.0.0/0", "::/0"])
NAMES = {"rebound.example.org": ("10.0.0.1", "127.0.0.1"), "six.example.org": ("::ffff:169.254.169.254",)}


def allowed(text, networks=OPEN, node="10.0.0.9"):
    return check_address(text, node, networks, lambda name: NAMES.get(name, ("10.0.0.1",)))


def reason(text, networks=OPEN, node="10.0.0.9"):
    with pytest.raises(ForbiddenAddressError) as caught:
        allowed(text, networks, node)
    return caught.value.reason


@pytest.mark.parametrize(
    "text",
    [
        *("169.254.169.254", "169.254.1.1", "127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1"),
        *("255.255.255.255", "100.100.100.200", "168.63.129.16", "::", "::1", "fe80::1", "ff02::1", "fd00:ec2::254"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1", "::127.0.0.1", "2002:7f00:1::"),
        *("64:ff9b::169.254.169.254", "64:ff9b::7f00:1", "localhost", "LOCALHOST.", "a.localhost", "metadata"),
        *("metadata.google.internal", "Metadata.Google.Internal.", "rebound.example.org", "six.example.org"),
    ],
)
def test_what_means_something_else_on_each_machine_is_no_target(text):
    assert reason(text) == "special_address"


@pytest.mark.parametrize(
    "text",
    ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "017700000001", "10.1", "1.2.3.4.5", "10.0.0.1."],
)
def test_an_address_in_an_odd_spelling_is_none(text):
    assert reason(text) == "address"


@pytest.mark.parametrize("text", ["10.0.0.1", "2001:db8::1", "fd00::1", "db.example.org", "my_host", "db.example.org."])
def test_ordinary_addresses_and_names_are_targets(text):
    assert allowed(text) == text


def test_a_mapped_address_is_judged_as_what_it_means_and_written_so():
    assert allowed("::ffff:10.0.0.1") == "10.0.0.1"
    ten = parse_networks(["10.0.0.0/8", "::/0"])
    assert allowed("::ffff:10.0.0.1", ten) == "10.0.0.1"
    assert reason("::ffff:127.0.0.1", ten) == "network"
    assert reason("::ffff:10.0.0.1", parse_networks(["10.0.0.0/8"])) == "network"


def test_no_network_means_nothing_at_all():
    assert (reason("10.0.0.1", ()), reason("localhost", ()), reason("db.example.org", ())) == (
        "network",
        "address",
        "address",
    )


def test_what_is_named_is_allowed():
    assert allowed("127.0.0.1", (*OPEN, *parse_networks(["127.0.0.0/8"]))) == "127.0.0.1"
    assert allowed("169.254.7.7", parse_networks(["169.254.7.0/24"])) == "169.254.7.7"


def test_loopback_belongs_to_a_machine_that_has_no_other_address():
    assert allowed("127.0.0.1", node="127.0.0.1") == "127.0.0.1"
    assert reason("169.254.169.254", node="127.0.0.1") == "special_address"


def test_a_name_server_that_is_away_delays_once_and_forbids_nothing():
    resolver = NameResolver(lambda _: time.sleep(3) or ("127.0.0.1",))
    started = time.monotonic()
    assert [resolver(f"host-{number}") for number in range(50)] == [()] * 50
    assert time.monotonic() - started < 2


def test_what_a_name_resolved_to_is_remembered():
    asked = []
    resolver = NameResolver(lambda name: asked.append(name) or ("10.0.0.1",))
    assert [resolver("a"), resolver("a"), asked] == [("10.0.0.1",), ("10.0.0.1",), ["a"]]
