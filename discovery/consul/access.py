"""How Consul is reached."""

from pathlib import Path
from typing import NamedTuple


class Access(NamedTuple):
    """Where Consul is and what to show it; several addresses are tried in turn. No datacenter means the agent's own.

    An address is http://, https:// or unix:///PATH. `tls_server_name` is the name that its certificate has, where that
    is not the address's.
    """

    urls: tuple[str, ...]
    token_file: Path | None = None
    timeout_seconds: float = 10.0
    datacenter: str = ""
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    tls_server_name: str = ""
