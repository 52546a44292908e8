"""Deregisters what a killed exporter of this host left in the agent when its port was another."""

import socket
import threading

import structlog

from exporter.registration.agent import Agent
from exporter.registration.record import LEAVING, OWNER, SERVICE, Record, owner

log = structlog.get_logger()
CONNECT_SECONDS = 1.0


def deregister_stale(agent: Agent, host_name: str, own_id: str, window_seconds: float) -> None:
    """Announce the leaving of this host's exporters that don't listen any more, and deregister them.

    Only a service that we wrote, at an address that refuses connections: two living exporters leave each other alone.
    Raises OSError or consul.ConsulException.
    """
    others = [record for record in agent.services().values() if is_ours(record, host_name, own_id)]
    stale = [record for record in others if not is_listening(record)]
    for record in stale:
        agent.register(record)  # with our token: see `Agent`
        agent.set_maintenance(record.id, LEAVING)
    if stale:
        threading.Event().wait(window_seconds)
    for record in stale:
        agent.deregister(record.id)
        log.info("deregistered a stale registration at another port", service_id=record.id)


def is_ours(record: Record, host_name: str, own_id: str) -> bool:
    """Return whether it is another registration that an exporter of this host wrote."""
    return record.service == SERVICE and record.id != own_id and record.meta.get(OWNER) == owner(host_name)


def is_listening(record: Record) -> bool:
    """Return False when nobody accepts connections there, True when somebody does or it can't be told."""
    try:
        socket.create_connection((record.address or record.meta["instance"], record.port), CONNECT_SECONDS).close()
    except ConnectionRefusedError:
        return False
    except (OSError, KeyError, ValueError):
        return True
    return True
