"""The roles, read from `compose/acl/`: those of the fleet, and those that each machine has of its own."""

import re
from pathlib import Path
from string import Template
from typing import NamedTuple

from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError

# The name of one machine, or with a star at the end of all whose names begin like that.
HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\*?")


class Role(NamedTuple):
    """What one part may do: its name, the name of its policy and token in Consul, and the policy's rules (HCL)."""

    name: str
    consul_name: str
    rules: str

    @property
    def token_file(self) -> str:
        """Return the name of the file that its token lies in."""
        return f"token-{self.name}"


def fleet_roles() -> list[Role]:
    """Return the roles of which the fleet has one each, by name."""
    return [Role(path.stem, f"vigie-{path.stem}", path.read_text()) for path in _files(builtin("compose", "acl"))]


def host_roles(host: str) -> list[Role]:
    """Return the roles of the machine `host`, or of all whose names begin with what stands before a star.

    Raises UsageProblemError when it is no host's name.
    """
    if not HOST.fullmatch(host):
        raise UsageProblemError(
            f"host {host!r}: expected a name of letters, digits, hyphens and dots, or such as web-*"
        )
    values = {"host": host.removesuffix("*"), **({"node": "node", "agent": "agent"} if host[-1] != "*" else PREFIXES)}
    # A policy's name takes neither dot nor star; no host's name has an underscore, so that none is given twice.
    suffix = host.replace(".", "_").replace("*", "__")
    return [
        Role(path.stem, f"vigie-{path.stem}-{suffix}", Template(path.read_text()).substitute(values))
        for path in _files(builtin("compose", "acl", "host"))
    ]


PREFIXES = {"node": "node_prefix", "agent": "agent_prefix"}


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.hcl"))
