"""A host whose containers nobody follows."""

import time

from exporter.docker.inventory import Snapshot

NONE = Snapshot(0, {}, is_known=True, is_connected=False, failure="")


class NoContainers:
    """Stands where an inventory would: there are no containers, and none will come."""

    def snapshot(self) -> Snapshot:
        """Return that there are none."""
        return NONE

    def wait(self, _known_generation: int, timeout_seconds: float) -> Snapshot:
        """Return that there are none, after a while."""
        time.sleep(timeout_seconds)
        return NONE
