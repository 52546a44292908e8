"""Consul maintenance of our own services; other people's maintenance is never touched."""

from exporter.registration.agent import Agent
from exporter.registration.record import INTERRUPTION, OUR_REASONS, OWNER


def is_ours_to_set(reason: str | None) -> bool:
    """Return whether a service in maintenance for `reason` (None: in none) is ours to put in or take out."""
    return reason is None or reason.startswith(OUR_REASONS)


def settle_maintenance(agent: Agent, service_id: str, owner: str, reason: str | None) -> None:
    """Put the exporter `service_id` and what else `owner` registered into maintenance for `reason`; None: out of it.

    Maintenance survives a re-registration and an agent's restart, so that of an earlier run is ended here. The leaving
    of another service of ours is that service's own business. Raises OSError or consul.ConsulException.
    """
    reasons = agent.maintenance_reasons()
    others = [key for key, record in agent.services().items() if record.meta.get(OWNER) == owner and key != service_id]
    if is_ours_to_set(reasons.get(service_id)) and reasons.get(service_id) != reason:
        agent.set_maintenance(service_id, reason)
    for other in others:
        if reasons.get(other) in {None, INTERRUPTION} and reasons.get(other) != reason:
            agent.set_maintenance(other, reason)
