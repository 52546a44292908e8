"""What went wrong with Consul, in a word for the metric and a sentence for the log."""

from pathlib import Path

import consul
import requests

from exporter.registration.agent import UNKNOWN_TOKEN
from vigie.core.errors import ProblemError
from vigie.core.http.secrets import SecretError

FAILURES = (consul.ConsulException, requests.RequestException, OSError, ProblemError)
REASONS = ("denied", "token_file", "refused", "timeout", "unreachable", "answer", "internal")


def describe(error: Exception, service: str, token_file: Path | None, rule: str = "service") -> tuple[str, str]:
    """Return (reason, sentence) of one of `FAILURES`; the reason is one of `REASONS`.

    `rule` is the kind of the access rule that `service` needs: service, or service_prefix.
    """
    match error:
        case consul.ACLPermissionDenied() if UNKNOWN_TOKEN in str(error):
            return "denied", f"Consul does not know the token in {token_file}: put a valid one there"
        case consul.ACLPermissionDenied():
            where = f"the token in {token_file}" if token_file else "no token is given (VIGIE_CONSUL_TOKEN_FILE)"
            return "denied", f'{error}; needed: {rule} "{service}" {{ policy = "write" }}; {where}'
        case ProblemError():
            return "token_file" if isinstance(error, SecretError) else "refused", str(error)
        case requests.Timeout():
            return "timeout", f"no answer in time: {error}"
        case OSError():  # requests' errors are among them
            return "unreachable", f"{type(error).__name__}: {error}"
    return "answer", f"{type(error).__name__}: {error}"
