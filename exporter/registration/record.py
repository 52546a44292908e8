"""What this exporter says of itself in Consul: the record, its check, and whether it may be registered there."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from vigie import __version__
from vigie.core.errors import ProblemError, UsageProblemError

SERVICE = "vigie-exporter"
TAG = "prometheus"
OWNER = "vigie-owner"  # the Meta key that tells which of an agent's services are an exporter's to remove
LEAVING = "vigie: leaving"
INTERRUPTION = "vigie: interruption"
OUR_REASONS = "vigie: "
# A Consul node's name that is also safe in a URL, a label and a file's name.
HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?")
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
# Consul refuses longer Meta values, and more pairs.
VALUE_BYTES = 512
META_PAIRS = 64
# A TTL check fails after so many beats that did not come.
TTL_BEATS = 3


class Node(NamedTuple):
    """The Consul agent's node: its name, its address, and the ID that its catalog entry carries ("" when unknown)."""

    name: str
    address: str
    id: str


class Record(NamedTuple):
    """A service as it is registered with the agent; without a check, those that it has are left as they are."""

    id: str
    service: str
    address: str
    port: int
    tags: tuple[str, ...]
    meta: dict[str, str]
    check: dict[str, Any]


class Announcement(NamedTuple):
    """What the settings say about registration."""

    host_name: str
    listen_host: str
    port: int
    advertise_address: str = ""
    allows_foreign_agent: bool = False
    metrics_path: str = "/metrics"
    scheme: str = "http"
    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    check: Literal["http", "ttl"] = "http"
    check_interval_seconds: float = 10.0


def service_id(host_name: str, port: int) -> str:
    """Return the ID that is this exporter's alone on its agent."""
    return f"{SERVICE}:{host_name}:{port}"


def owner(host_name: str) -> str:
    """Return the value of `OWNER` in the Meta of all that this host's exporter registers."""
    return f"{SERVICE}:{host_name}"


def check_announcement(announcement: Announcement) -> None:
    """Raise UsageProblemError when a name or the labels can't be registered."""
    if not HOST_NAME.fullmatch(announcement.host_name):
        raise UsageProblemError(
            f"host name {announcement.host_name!r}: expected letters, digits, dots and dashes; "
            "give another by --host-name"
        )
    if len(own_meta(announcement)) > META_PAIRS:
        raise UsageProblemError(
            f"--label: expected fewer: Consul takes {META_PAIRS} pairs of Meta, {len(own_meta(announcement))} are given"
        )


def parse_labels(pairs: Sequence[str]) -> dict[str, str]:
    """Return `NAME=VALUE` pairs as Meta, `label_<name>`; raise UsageProblemError for a name that is no label's."""
    meta = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not LABEL_NAME.fullmatch(name) or name.startswith("__"):
            raise UsageProblemError(f"--label {pair}: expected NAME=VALUE, the name of letters, digits and underscores")
        if len(value.encode()) > VALUE_BYTES:
            raise UsageProblemError(f"--label {name}: expected a value of at most {VALUE_BYTES} bytes")
        meta[f"label_{name}"] = value
    return meta


def own_meta(announcement: Announcement) -> dict[str, str]:
    """Return the Meta that holds without the cloud's facts."""
    return {
        "instance": announcement.host_name,
        "metrics_path": announcement.metrics_path,
        "scheme": announcement.scheme,
        "version": __version__,
        OWNER: owner(announcement.host_name),
        **parse_labels(announcement.labels),
    }


def join_meta(own: Mapping[str, str], facts: Mapping[str, str]) -> dict[str, str]:
    """Return `own` with as many `facts` as Consul takes; where both have a key, `own` wins."""
    added = [key for key in facts if key not in own][: META_PAIRS - len(own)]
    return {**own, **{key: facts[key] for key in added}}


def build_record(announcement: Announcement, node: Node | None, facts: Mapping[str, str] | None = None) -> Record:
    """Return the record for the agent of `node`, None when its token may not read what node it is.

    `facts` is Meta that others have found out, such as the cloud's. Raises ProblemError when the agent is another
    machine's, or when nobody could reach the address.
    """
    check_node(announcement, node)
    address = announcement.advertise_address or (node.address if node is not None else "")
    reached_at = address or announcement.host_name
    if is_loopback(announcement.listen_host) and not is_loopback(reached_at):
        raise ProblemError(
            f"listening on {announcement.listen_host} but announced as {reached_at}, where nobody can reach it: "
            "listen on that address by --web.listen-address, or give another by --advertise-address"
        )
    return Record(
        id=service_id(announcement.host_name, announcement.port),
        service=SERVICE,
        address=address,
        port=announcement.port,
        tags=(TAG, *announcement.tags),
        meta=join_meta(own_meta(announcement), facts or {}),
        # Else it starts as critical until its first run: we are registered only once we answer.
        check={"name": "vigie exporter answers", "status": "passing", **_check(announcement, reached_at)},
    )


def check_address(address: str, of_node: Sequence[str]) -> None:
    """Raise ProblemError when an address is none of its node's: discovery takes no host's exporter there."""
    if address and plain_address(address) not in map(plain_address, of_node):
        raise ProblemError(
            f"registered at {address}, which is no address of this Consul node ({', '.join(of_node)}): discovery "
            "refuses it; leave --advertise-address away, or let Consul's agent advertise that address"
        )


def plain_address(address: str) -> str:
    """Return an IP address in its one plain spelling, a name as it is."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


def check_node(announcement: Announcement, node: Node | None) -> None:
    """Raise ProblemError when the agent is another machine's, and that is not allowed."""
    if node is not None and node.name != announcement.host_name and not announcement.allows_foreign_agent:
        raise ProblemError(
            f"the Consul agent is of node {node.name!r}, this host is {announcement.host_name!r}: register with this "
            "machine's own agent, name the host by --host-name, or allow it by --foreign-agent"
        )


def _check(announcement: Announcement, reached_at: str) -> dict[str, Any]:
    """Return how Consul learns that we live: it asks, or we tell it where it can't reach us."""
    if announcement.check == "ttl":
        return {"ttl": f"{announcement.check_interval_seconds * TTL_BEATS:g}s"}
    host = f"[{reached_at}]" if ":" in reached_at else reached_at
    return {
        "http": f"{announcement.scheme}://{host}:{announcement.port}/-/healthy",
        "interval": f"{announcement.check_interval_seconds:g}s",
        "timeout": "5s",
        "tls_skip_verify": announcement.scheme == "https",
    }


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine to itself only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
