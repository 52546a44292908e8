"""Takes away what a killed exporter of this host left in the agent when its port was another."""

import socket
import threading

import structlog

from exporter.registration.agent import Agent
from exporter.registration.record import LEAVING, OWNER, SERVICE, Record, owner

log = structlog.get_logger()
CONNECT_SECONDS = 1.0


def clear_leftovers(agent: Agent, host_name: str, own_id: str, window_seconds: float) -> None:
    """Announce the leaving of the exporters of this host that don't listen any more, and deregister them.

    Only a service that we wrote, at an address that refuses connections: two living exporters leave each other alone.
    """
    left = [one for one in agent.services().values() if is_ours(one, host_name, own_id) and not listens(one)]
    for one in left:
        agent.register(one)  # with our token: see `Agent`
        agent.set_maintenance(one.id, LEAVING)
    if left:
        threading.Event().wait(window_seconds)
    for one in left:
        agent.deregister(one.id)
        log.info("removed the registration of an earlier run at another port", service_id=one.id)


def is_ours(record: Record, host_name: str, own_id: str) -> bool:
    """Return whether it is another registration that an exporter of this host wrote."""
    return record.service == SERVICE and record.id != own_id and record.meta.get(OWNER) == owner(host_name)


def listens(record: Record) -> bool:
    """Return False when nobody accepts connections there, True when somebody does or it can't be told."""
    try:
        socket.create_connection((record.address or record.meta["instance"], record.port), CONNECT_SECONDS).close()
    except ConnectionRefusedError:
        return False
    except (OSError, KeyError, ValueError):
        return True
    return True
