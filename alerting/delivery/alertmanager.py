"""The little that we need of one Alertmanager: reload, what came of it, alerts and silences."""

import hashlib
from typing import NamedTuple

from alerting.delivery.server import Server
from vigie.core.errors import ProblemError

SUCCESSFUL = "alertmanager_config_last_reload_successful"
SUCCESS_TIMESTAMP = "alertmanager_config_last_reload_success_timestamp_seconds"
HASH = "alertmanager_config_hash"
HASH_BYTES = 6  # of the MD5, the lowest first: cmd/alertmanager/main.go, md5HashAsMetricValue


class Reload(NamedTuple):
    """Whether the last reload succeeded, when the last successful one was (seconds since 1970), and of what."""

    successful: bool
    success_timestamp_seconds: float
    hash: float


class Alertmanager(Server):
    """One Alertmanager."""

    def is_ready(self) -> bool:
        """Tell whether it answers at all."""
        try:
            self.ask("GET", "/-/ready")
        except ProblemError:
            return False
        return True

    def reload(self) -> None:
        """Make it read its files again; raise ProblemError with its own words when it refuses."""
        self.ask("POST", "/-/reload")

    def last_reload(self) -> Reload:
        """Return what it says of its last reload."""
        text = self.ask("GET", "/metrics").text
        timestamp, shown_hash = self.sample(text, SUCCESS_TIMESTAMP), self.sample(text, HASH)
        return Reload(self.sample(text, SUCCESSFUL) == 1, timestamp, shown_hash)

    def version(self) -> tuple[int, ...]:
        """Return its version as numbers; raises ProblemError when it tells none."""
        text = str(self.json("GET", "/api/v2/status")["versionInfo"]["version"])
        try:
            return tuple(int(part) for part in text.split("+", maxsplit=1)[0].split("-", maxsplit=1)[0].split("."))
        except ValueError as error:
            raise ProblemError(f"Alertmanager at {self.name} says that its version is {text!r}") from error


def config_hash(text: str) -> float:
    """Return the `alertmanager_config_hash` that a configuration of exactly this text has."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return float(int.from_bytes(digest[:HASH_BYTES], "little"))
