"""Reads the settings again on SIGHUP and when their file changed: taken over as a whole, or not at all."""

from collections.abc import Mapping
from typing import Any

import structlog

from discovery.bridge import Bridge
from discovery.configuration import build_options
from discovery.settings import Settings
from vigie.core.errors import ProblemError
from vigie.core.settings import file_of, load

log = structlog.get_logger()

# All other settings need a restart.
RELOADED = frozenset(
    (
        "select",
        "health",
        "fixed_jobs",
        "allowed_networks",
        "credential_jobs",
        "settle_window",
        "settle_timeout",
        "shrink_window",
        "shrink_job_share",
        "shrink_all_share",
        "shrink_minimum",
        "lost_retention",
        "lost_maximum",
        "release_window",
        "departed_retention",
        "spot_dead_timeout",
        "unfreeze_share",
    )
)


class Reloader:
    """Knows from which flags and file the settings came; called in the bridge's loop only."""

    def __init__(self, flags: Mapping[str, Any], bridge: Bridge, settings: Settings) -> None:
        self._flags, self._bridge, self._settings = flags, bridge, settings
        self._file = file_of(flags)
        self._signature = self._read_signature()

    def reload_when_changed(self) -> None:
        """Reload when the file has changed."""
        if self._read_signature() != self._signature:
            self.reload()

    def reload(self) -> None:
        """Take over the settings as they are now; when they are wrong, log it and keep the old ones."""
        self._signature = self._read_signature()
        try:
            settings = load("discovery", Settings, self._flags)
            options = build_options(settings)
        except ProblemError as error:
            self._bridge.counters.config_valid.set(0)
            log.error("settings refused, the old ones stay", detail=str(error))  # noqa: TRY400 - a sentence
            return
        self._bridge.counters.config_valid.set(1)
        changed = {
            name for name in Settings.__struct_fields__ if getattr(settings, name) != getattr(self._settings, name)
        }
        self._settings = settings
        if changed & RELOADED:
            self._bridge.configure(options)
        log.info("settings read again", changed=",".join(sorted(changed & RELOADED)))
        if changed - RELOADED:
            log.warning("these settings need a restart", settings=",".join(sorted(changed - RELOADED)))

    def _read_signature(self) -> tuple[int, int, int] | None:
        if self._file is None:
            return None
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns
