"""To which addresses Prometheus may be sent: never, unless named, to what only means something to the machine itself.

Whoever may register in Consul could otherwise have Prometheus ask its own host, or the cloud's metadata service.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# (name) to the addresses that it has now, none when that can't be told
Resolve = Callable[[str], Iterable[str]]

# As the resolver takes it: an underscore is no host name (RFC 952), but names have it, and a final dot ends the search.
LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
HOST_NAME = re.compile(rf"(?=.{{1,254}}$){LABEL}(\.{LABEL})*\.?")
# What an address in IPv6 may hold of IPv4: NAT64, and the old compatible form.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
COMPATIBLE = ipaddress.IPv6Network("::/96")
SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network: Linux takes it for itself
        "169.254.0.0/16",  # link-local: metadata at 169.254.169.254 (AWS, Google, Azure, OpenStack), ECS at .170.2
        "224.0.0.0/4",
        "255.255.255.255/32",
        "100.100.100.200/32",  # Alibaba's metadata
        "168.63.129.16/32",  # Azure's wire server
        "192.0.0.192/32",  # Oracle's metadata
        "::/128",
        "fe80::/10",
        "ff00::/8",
        "fd00:ec2::254/128",  # AWS's metadata
        "fd20:ce::254/128",  # Google's metadata
    )
)
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
NAMES = re.compile(
    r"(.*\.)?(localhost|localdomain|ip6-localhost|ip6-loopback|metadata|instance-data|metadata\.google\.internal|"
    r"metadata\.azure\.internal|metadata\.azure\.com|instance-data\.ec2\.internal|metadata\.tencentyun\.com)\.?",
    re.IGNORECASE,
)


class ForbiddenAddressError(ValueError):
    """An address is none that Prometheus may be sent to; `reason` is one word for a metric's label."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def check_address(text: str, node_address: str, networks: tuple[Network, ...], resolve: Resolve) -> str:
    """Return an address as it stands in a target, an IPv4 one inside IPv6 as IPv4; raise ForbiddenAddressError.

    An address of loopback is its own only where the machine itself has no other.
    """
    parsed = _parse(text)
    if parsed is None:
        return _check_name(text, node_address, networks, resolve)
    _check_parsed(parsed, text, node_address, networks)
    return str(parsed)


def _parse(text: str) -> Address | None:
    parsed = _parse_as_written(text)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed


def _parse_as_written(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.replace("%", "/"))  # a zone is free text and means nothing elsewhere
    except ValueError:
        return None


def _check_parsed(parsed: Address, text: str, node_address: str, networks: tuple[Network, ...]) -> None:
    written = _parse_as_written(text)
    if not all(any(address in network for network in networks) for address in (parsed, written)):
        raise ForbiddenAddressError("network", f"{text} is outside the allowed networks")
    for meant in _meanings(parsed):
        is_named = any(parsed in network and network.prefixlen > 0 for network in networks)
        if is_named or not _is_special(meant, node_address):
            continue
        raise ForbiddenAddressError(
            "special_address", f"{text} means something else on each machine; allowed_networks may name it"
        )


def _meanings(parsed: Address) -> Iterable[Address]:
    """Yield an address, and the IPv4 address that it holds."""
    yield parsed
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.sixtofour:
            yield parsed.sixtofour
        if parsed.teredo:
            yield parsed.teredo[1]
        if parsed in NAT64 or (parsed in COMPATIBLE and int(parsed) > 1):
            yield ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)


def _is_special(address: Address, node_address: str) -> bool:
    if any(address in network for network in SPECIAL):
        return True
    node = _parse(node_address)
    is_node_loopback = node is not None and any(node in network for network in LOOPBACK)
    return any(address in network for network in LOOPBACK) and not is_node_loopback


def _check_name(text: str, node_address: str, networks: tuple[Network, ...], resolve: Resolve) -> str:
    is_open = bool(networks) and all(network.prefixlen == 0 for network in networks)
    if not is_open or not HOST_NAME.fullmatch(text) or _is_number(text):
        raise ForbiddenAddressError("address", f"{text!r} is no address in the allowed networks")
    if NAMES.fullmatch(text):
        raise ForbiddenAddressError("special_address", f"{text!r} names something else on each machine")
    for resolved in resolve(text):
        parsed = _parse(resolved)
        if parsed is not None and any(_is_special(meant, node_address) for meant in _meanings(parsed)):
            raise ForbiddenAddressError("special_address", f"{text!r} resolves to {resolved}")
    return text


def _is_number(text: str) -> bool:
    """Return whether a resolver would read the name as an IPv4 address: decimal, octal, hexadecimal, or a short one."""
    try:
        socket.inet_aton(text.rstrip("."))
    except OSError:
        return text.rstrip(".").rpartition(".")[2].isdigit()  # no domain is a number
    return True
