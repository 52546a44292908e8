"""The little that rule delivery needs of one Prometheus server: reload, and what came of it."""

from pathlib import PurePosixPath
from typing import ClassVar, NamedTuple

from alerting.delivery.server import Server
from vigie.core.errors import ProblemError

SUCCESSFUL = "prometheus_config_last_reload_successful"
SUCCESS_TIMESTAMP = "prometheus_config_last_reload_success_timestamp_seconds"


class Reload(NamedTuple):
    """Whether the last reload succeeded, and when the last successful one was, in seconds since 1970."""

    successful: bool
    success_timestamp_seconds: float


class Prometheus(Server):
    """One Prometheus server."""

    hints: ClassVar[dict[int, str]] = {403: "(start it with --web.enable-lifecycle)"}

    def reload(self) -> None:
        """Make Prometheus read its files again; raise ProblemError with its own words when it refuses."""
        self.ask("POST", "/-/reload")

    def last_reload(self) -> Reload:
        """Return what Prometheus says of its last reload."""
        text = self.ask("GET", "/metrics").text
        return Reload(self.sample(text, SUCCESSFUL) == 1, self.sample(text, SUCCESS_TIMESTAMP))

    def loaded_files(self) -> frozenset[str]:
        """Return the names, without folder, of the rule files that have a group loaded."""
        try:
            groups = self.json("GET", "/api/v1/rules")["data"]["groups"]
            return frozenset(PurePosixPath(group["file"]).name for group in groups)
        except (KeyError, TypeError) as error:
            raise ProblemError(f"Prometheus at {self.name} answered /api/v1/rules with something else") from error
