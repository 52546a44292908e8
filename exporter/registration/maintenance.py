"""Consul maintenance as a mark on our own services; other people's maintenance is never touched."""

from exporter.registration.agent import Agent
from exporter.registration.record import INTERRUPTION, OUR_MARKS, OWNER


def settle_marks(agent: Agent, service_id: str, owner: str, mark: str | None) -> None:
    """Bring the marks of the exporter `service_id` and of what else `owner` registered to `mark`, None for no mark.

    A mark survives a re-registration and an agent's restart, so one of an earlier run is taken away here. The leaving
    of another service of ours is that service's own business.
    """
    reasons = agent.maintenance_reasons()
    others = [one for one, record in agent.services().items() if record.meta.get(OWNER) == owner and one != service_id]
    for one in (service_id, *others):
        reason = reasons.get(one)
        is_ours = reason is None or (reason.startswith(OUR_MARKS) if one == service_id else reason == INTERRUPTION)
        if is_ours and reason != mark:
            agent.set_maintenance(one, mark)
