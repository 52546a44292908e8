"""node_ntp_*: whether this host's NTP server is sane, by asking it as a client would."""

import socket
from typing import Annotated, Any

import msgspec

from exporter.base.calls import Clock, NtpCalls
from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family
from exporter.kernel.sntp import ADD_SECOND, DELETE_SECOND, Answer, make_cookie, make_request, parse_answer
from vigie.core.errors import UsageProblemError
from vigie.core.settings import Duration

TIMEOUT_SECONDS = 1.0
DAY_SECONDS = 86400
SMEAR_SECONDS = 1.0  # servers spread a leap second over the hours around it


def _gauge(name: str, help_text: str, form: str = "%d") -> Family:
    return Family(f"node_ntp_{name}", "gauge", help_text, form=form)


FAMILIES = (
    _gauge("stratum", "NTPD stratum."),
    _gauge("leap", "NTPD leap second indicator, 2 bits."),
    _gauge("rtt_seconds", "RTT to NTPD.", "%.9f"),
    _gauge("offset_seconds", "ClockOffset between NTP and local clock.", "%.9f"),
    _gauge("reference_timestamp_seconds", "NTPD ReferenceTime, UNIX timestamp.", "%.6f"),
    _gauge("root_delay_seconds", "NTPD RootDelay.", "%.9f"),
    _gauge("root_dispersion_seconds", "NTPD RootDispersion.", "%.9f"),
    _gauge("sanity", "NTPD sanity according to RFC5905 heuristics and configured limits."),
)


class NtpOptions(Options, frozen=True, kw_only=True):
    """Which server is asked, and what it may get wrong."""

    server: Annotated[str, msgspec.Meta(description="The NTP server of this host.")] = "127.0.0.1"
    server_port: Annotated[int, msgspec.Meta(ge=1, le=65535, description="Its UDP port.")] = 123
    protocol_version: Annotated[int, msgspec.Meta(ge=2, le=4, description="NTP protocol version.")] = 4
    server_is_local: Annotated[
        bool, msgspec.Meta(description="Certify that a server which is no loopback address is not a public one.")
    ] = False
    ip_ttl: Annotated[int, msgspec.Meta(ge=1, le=255, description="How many hops away the server may be.")] = 1
    max_distance: Annotated[Duration, msgspec.Meta(ge=0, description="Longest distance to the root.")] = 3.46608
    local_offset_tolerance: Annotated[
        Duration, msgspec.Meta(ge=0, description="How far the server's clock and ours may contradict each other.")
    ] = 0.001


class Ntp(Collector):
    """Exposes what the server says of itself, and whether a client should believe it."""

    enabled_by_default = False
    options_type = NtpOptions

    def __init__(self, roots: Roots, calls: NtpCalls, clock: Clock, options: Any = None) -> None:
        """Raise UsageProblemError for a server that could be somebody else's: scrapes would burden it."""
        super().__init__(roots, options)
        self._calls = calls
        self._clock = clock
        if not self.options.server_is_local and not is_loopback(self.options.server):
            raise UsageProblemError(
                f"collector.ntp.server {self.options.server!r}: expected a loopback address; "
                "if that server is yours, say so by --collector.ntp.server-is-local"
            )
        self._leap_midnight = 0.0
        self._block = Block(*FAMILIES)

    def page(self) -> bytes:
        """Return the gauges; raise OSError when the server does not answer, ValueError when it talks nonsense."""
        answer = self._ask()
        values = (
            answer.stratum,
            answer.leap,
            answer.round_trip,
            answer.offset,
            max(0.0, answer.reference),  # NTP's zero is 1900
            answer.root_delay,
            answer.root_dispersion,
            self._is_sane(answer),
        )
        return self._block.render([()], values)

    def _ask(self) -> Answer:
        chosen, cookie = self.options, make_cookie()
        request = make_request(chosen.protocol_version, cookie)
        sent = self._clock.now()
        data = self._calls.exchange(chosen.server, chosen.server_port, chosen.ip_ttl, request, TIMEOUT_SECONDS)
        return parse_answer(data, cookie, sent, self._clock.now())

    def _is_sane(self, answer: Answer) -> bool:
        tolerance_seconds = self.options.local_offset_tolerance
        if answer.leap in {ADD_SECOND, DELETE_SECOND}:  # kept, as the announcement ends at midnight
            self._leap_midnight = (answer.sent // DAY_SECONDS + 1) * DAY_SECONDS
        if abs(answer.sent - self._leap_midnight) < DAY_SECONDS:
            tolerance_seconds += SMEAR_SECONDS
        return (
            answer.is_valid
            and answer.root_distance <= self.options.max_distance
            and answer.least_error <= tolerance_seconds
        )


def is_loopback(address: str) -> bool:
    """Return whether a text is an address of this machine alone: 127.0.0.0/8 or ::1."""
    try:
        return socket.inet_pton(socket.AF_INET, address)[0] == 127
    except OSError:
        pass
    try:
        return socket.inet_pton(socket.AF_INET6, address) == bytes(15) + b"\1"
    except OSError:
        return False
