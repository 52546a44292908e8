"""A question to an NTP server and what its answer means (RFC 5905)."""

import os
import socket
import struct
from typing import NamedTuple

# The header of RFC 5905, 7.3: leap, version and mode; stratum; poll; precision; root delay and dispersion; reference;
# the times of reference, origin, receipt and transmission.
PACKET = struct.Struct(">BBbbIIIQQQQ")
CLIENT, SERVER = 3, 4
EPOCH_1970 = 2208988800  # in seconds since 1900
ERA_SECONDS = 1 << 32
NO_LEAP, ADD_SECOND, DELETE_SECOND, NOT_IN_SYNC = 0, 1, 2, 3
# RFC 5905, 7.2: MAXSTRAT, 2^MAXPOLL, MAXDISP.
MAXIMUM_STRATUM, MAXIMUM_POLL_SECONDS, MAXIMUM_DISPERSION_SECONDS = 16, float(1 << 17), 16.0


class Answer(NamedTuple):
    """What a server answered, with our clock's times of the request and of the answer; in seconds since 1970."""

    leap: int
    stratum: int
    root_delay: float
    root_dispersion: float
    reference: float
    originated: float
    received: float
    sent: float
    arrived: float

    @property
    def round_trip(self) -> float:
        """Return how long the question and the answer were under way."""
        return max(0.0, (self.arrived - self.originated) - (self.sent - self.received))

    @property
    def offset(self) -> float:
        """Return by how much the server's clock is ahead of ours."""
        return ((self.received - self.originated) + (self.sent - self.arrived)) / 2

    @property
    def root_distance(self) -> float:
        """Return how far from the reference clock the server's time may be, as seen from here."""
        return (self.round_trip + self.root_delay) / 2 + self.root_dispersion

    @property
    def least_error(self) -> float:
        """Return by how much the clocks contradict cause and effect: an answer can't precede its question."""
        return max(0.0, self.originated - self.received, self.sent - self.arrived)

    @property
    def is_valid(self) -> bool:
        """Return whether a client may follow this server (the checks of RFC 5905 on a packet and a peer)."""
        return (
            0 < self.stratum < MAXIMUM_STRATUM
            and self.leap != NOT_IN_SYNC
            and 0 <= self.sent - self.reference <= MAXIMUM_POLL_SECONDS
            and self.root_delay / 2 + self.root_dispersion <= MAXIMUM_DISPERSION_SECONDS
        )


def make_request(version: int, cookie: int) -> bytes:
    """Return a client's packet; `cookie`, 64 bits, stands for the time, comes back, and so tells the answer."""
    return PACKET.pack(version << 3 | CLIENT, 0, 0, 0, 0, 0, 0, 0, 0, 0, cookie)


def parse_answer(data: bytes, cookie: int, originated: float, arrived: float) -> Answer:
    """Return a server's answer; raise ValueError when it is none to the question with this cookie."""
    if len(data) < PACKET.size:
        raise ValueError(f"NTP: an answer of {len(data)} bytes, expected {PACKET.size}")
    head, stratum, _, _, delay, dispersion, _, reference, origin, received, sent = PACKET.unpack_from(data)
    if head & 7 != SERVER or origin != cookie:
        raise ValueError("NTP: not an answer to our question")
    if not sent or received > sent:
        raise ValueError("NTP: the server's clock goes backwards")
    return Answer(
        leap=head >> 6,
        stratum=stratum,
        root_delay=delay / 65536,
        root_dispersion=dispersion / 65536,
        reference=to_unix(reference),
        originated=originated,
        received=to_unix(received),
        sent=to_unix(sent),
        arrived=arrived,
    )


def to_unix(timestamp: int) -> float:
    """Return seconds since 1970 of an NTP timestamp; it begins anew in 2036, so that it never means before 1970."""
    seconds, fraction = divmod(timestamp, 1 << 32)
    if timestamp and seconds < EPOCH_1970:
        seconds += ERA_SECONDS
    return seconds - EPOCH_1970 + fraction / (1 << 32)


def exchange(server: str, port: int, hops: int, request: bytes, timeout_seconds: float) -> bytes:
    """Return the answer of a server at most `hops` away; raise OSError, TimeoutError when none comes."""
    family, kind, protocol, _, address = socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind | socket.SOCK_CLOEXEC, protocol) as sock:
        sock.settimeout(timeout_seconds)
        if family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hops)
        sock.connect(address)
        sock.send(request)
        return sock.recv(1024)


def make_cookie() -> int:
    """Return 64 bits that nobody can guess."""
    return int.from_bytes(os.urandom(8), "big")
