"""The settings of `vigie render`: section `render`, `VIGIE_RENDER_<NAME>` in the environment and compose's `.env`."""

from typing import Annotated

from msgspec import Meta, Struct

from vigie.core.settings import Duration

Addresses = tuple[str, ...]


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one machine is told of the others; the trial needs none of it."""

    datacenter: Annotated[str, Meta(description="Name of the Consul datacenter.", pattern="^[a-z0-9_-]+$")] = "dc1"
    scrape_interval: Annotated[Duration, Meta(ge=5, description="How often Prometheus scrapes.")] = 15.0
    node_name: Annotated[str, Meta(description="This machine's name, as it is known in Consul.")] = ""
    private_address: Annotated[str, Meta(description="This machine's address in the private network.")] = ""
    consul_servers: Annotated[Addresses, Meta(description="Private addresses of the Consul servers.")] = ()
    monitors: Annotated[Addresses, Meta(description="Private addresses of the two machines with a Prometheus.")] = ()
    store: Annotated[str | None, Meta(description="HOST:PORT of the long-term store (default: none).")] = None
    front: Annotated[
        str, Meta(description="Private address of the machine with Traefik and Grafana (default: it is not scraped).")
    ] = ""
