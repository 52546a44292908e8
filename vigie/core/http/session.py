"""HTTP sessions that take nothing from the environment."""

import requests

from vigie.core.settings import Credentials


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
    return session
