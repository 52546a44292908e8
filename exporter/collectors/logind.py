"""node_logind_sessions: who is logged in, asked of systemd-logind over D-Bus (org.freedesktop.login1(5))."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from exporter.base.calls import DBusCalls
from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family
from exporter.kernel.dbus import Call, Connection, Reply, make_call

BUS_NAME, PATH = "org.freedesktop.login1", "/org/freedesktop/login1"
SEATS_SIGNATURE, SESSIONS_SIGNATURE = "a(so)", "a(susso)"
DEADLINE_SECONDS = 1.5
PROPERTIES = ("Remote", "Type", "Class")
REMOTES = ("true", "false")
OTHER = "other"
# What logind has known for long; what newer ones add counts as other.
TYPES = (OTHER, "unspecified", "tty", "x11", "wayland", "mir", "web")
CLASSES = (OTHER, "user", "greeter", "lock-screen", "background")
SESSIONS = Family(
    "node_logind_sessions", "gauge", "Number of sessions registered in logind.", ("seat", "remote", "type", "class")
)


class Session(NamedTuple):
    """A session's labels; the seat is "" for those without one, as over SSH."""

    seat: str
    remote: str
    type: str
    kind: str


def parse_seats(reply: Reply) -> list[str]:
    """Return the seats of ListSeats's reply, and "" for sessions without one; raise OSError, ValueError."""
    return [*(str(row[0]) for row in _rows(reply, SEATS_SIGNATURE)), ""]


def parse_sessions(reply: Reply) -> list[tuple[str, str]]:
    """Return (seat, object path) of each session of ListSessions's reply; raise OSError, ValueError."""
    return [(str(row[3]), str(row[4])) for row in _rows(reply, SESSIONS_SIGNATURE)]


def _rows(reply: Reply, signature: str) -> list[tuple[object, ...]]:
    if not reply.error and reply.signature != signature:
        raise ValueError(f"logind: expected {signature}, got {reply.signature[:80]!r}")
    (rows,) = reply.values()
    assert isinstance(rows, list)
    return rows


def describe(seat: str, replies: Iterable[Reply]) -> Session | None:
    """Return a session by its `PROPERTIES`, None when it ended meanwhile; raise ValueError."""
    rows = list(replies)
    if any(reply.error for reply in rows):
        return None
    remote, kind, use = (reply.values()[0] for reply in rows)
    return Session(
        seat,
        REMOTES[0] if remote else REMOTES[1],
        str(kind) if kind in TYPES else OTHER,
        str(use) if use in CLASSES else OTHER,
    )


def keys(seats: Iterable[str]) -> Iterator[Session]:
    """Yield every combination that a session on these seats can have."""
    seats = list(seats)
    return (
        Session(seat, remote, kind, use) for remote in REMOTES for kind in TYPES for use in CLASSES for seat in seats
    )


class Logind(Collector):
    """Exposes the number of sessions by seat, remoteness, type and class."""

    enabled_by_default = False

    def __init__(self, roots: Roots, dbus: DBusCalls, options: object = None) -> None:
        super().__init__(roots, options)
        self._dbus = dbus
        self._seats = roots.root / "run" / "systemd" / "seats"
        self._bus = roots.root / "run" / "dbus" / "system_bus_socket"
        self._block = Block(SESSIONS)

    def page(self) -> bytes:
        """Return the gauge; raise NotApplicableError where no logind runs, OSError, ValueError."""
        if not self._seats.exists():  # made by logind; asking the bus would start one
            raise NotApplicableError("/run/systemd/seats: logind does not run here")
        try:
            channel = self._dbus.connect(self._bus, DEADLINE_SECONDS)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise NotApplicableError("no system bus, over which logind would answer") from error
        with Connection(channel, DEADLINE_SECONDS, is_bus=True) as connection:
            listed = connection.ask([_manager("ListSeats"), _manager("ListSessions")])
            seats, sessions = parse_seats(listed[0]), parse_sessions(listed[1])
            replies = iter(connection.ask([_get(path, name) for _, path in sessions for name in PROPERTIES]))
            counts = Counter(describe(seat, [next(replies) for _ in PROPERTIES]) for seat, _ in sessions)
        possible = list(keys(seats))
        return self._block.render(possible, [counts[session] for session in possible])


def _manager(member: str) -> Call:
    return make_call(BUS_NAME, PATH, f"{BUS_NAME}.Manager", member)


def _get(path: str, name: str) -> Call:
    return make_call(BUS_NAME, path, "org.freedesktop.DBus.Properties", "Get", f"{BUS_NAME}.Session", name)
