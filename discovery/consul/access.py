"""How Consul is reached."""

from typing import NamedTuple

from vigie.core.settings import ConsulAccess


class Access(NamedTuple):
    """How Consul is reached; several addresses are tried in turn. No datacenter means the agent's own."""

    server: ConsulAccess
    timeout_seconds: float = 10.0
    datacenter: str = ""
