"""HTTP sessions that believe nothing of the environment, for whoever sends a token."""

from pathlib import Path

import requests


def private_session(
    ca_file: Path | None = None, cert_file: Path | None = None, key_file: Path | None = None
) -> requests.Session:
    """Return a session that takes neither a proxy nor a .netrc from the environment; the caller closes it.

    `ca_file` names who may vouch for the server (None: requests' own list); `cert_file` is our own certificate, whose
    key is in `key_file`, or in the same file when that is None. Redirects are each request's to refuse.
    """
    made = requests.Session()
    made.trust_env = False
    made.verify = str(ca_file) if ca_file else True
    if cert_file:
        made.cert = (str(cert_file), str(key_file)) if key_file else str(cert_file)
    return made
