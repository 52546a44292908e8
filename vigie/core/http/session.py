"""HTTP sessions that take nothing from the environment."""

from typing import Any

import requests
from requests.adapters import HTTPAdapter

from vigie.core.settings import ConsulAccess, Credentials


def open_session(credentials: Credentials) -> requests.Session:
    """Return a session that takes neither a proxy nor a .netrc from the environment; the caller closes it.

    Redirects, and what signs in, are each request's matter. The files for TLS are read again for each new connection.
    """
    session = requests.Session()
    session.trust_env = False
    session.verify = str(credentials.ca_file) if credentials.ca_file else True
    if credentials.cert_file and credentials.key_file:
        session.cert = str(credentials.cert_file), str(credentials.key_file)
    elif credentials.cert_file:  # its key is in the same file
        session.cert = str(credentials.cert_file)
    if isinstance(credentials, ConsulAccess) and credentials.tls_server_name:
        session.mount("https://", ServerNameAdapter(credentials.tls_server_name))
    return session


class ServerNameAdapter(HTTPAdapter):
    """Expects another name in the certificate than the URL's, and tells it to the server (SNI)."""

    def __init__(self, server_name: str) -> None:
        self._server_name = server_name
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """Make the pool with the name; called by requests."""
        named |= {"server_hostname": self._server_name, "assert_hostname": self._server_name}
        super().init_poolmanager(*arguments, **named)
