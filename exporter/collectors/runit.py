"""node_service_*: services under runit, from what each one's supervisor writes down."""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.parsing.items import item

LABELS = ("service", "supervisor")


def _gauge(name: str, help_text: str) -> Family:
    return Family(f"node_service_{name}", "gauge", help_text, LABELS)


STATE = _gauge("state", "State of runit service.")
DESIRED = _gauge("desired_state", "Desired state of runit service.")
NORMAL = _gauge("normal_state", "Normal state of runit service.")
CHANGED = _gauge("state_last_change_timestamp_seconds", "Unix timestamp of the last runit service state change.")
# supervise/status (update_status in runsv.c): TAI64N of the change, process, paused, wanted, terminated, state.
STATUS = struct.Struct(">QI4xx1sxB")
TAI64_OF_1970 = (1 << 62) + 10


def parse(status: bytes) -> tuple[int, int, int]:
    """Return (state, wanted state, seconds since 1970 of the last change); raise struct.error for another length.

    State is 0 (down), 1 (up) or 2 (finishing), the wanted one 0 or 1.
    """
    seconds, _, wanted, state = STATUS.unpack(status)
    return state, int(wanted == b"u"), seconds - TAI64_OF_1970


class RunitOptions(Options, frozen=True, kw_only=True):
    """Which services are exposed."""

    servicedir: Annotated[str, msgspec.Meta(description="Path to runit service directory.")] = "/etc/service"


class Runit(Collector):
    """Exposes the state of each service below a folder."""

    enabled_by_default = False
    options_type = RunitOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._folder = Path(self.options.servicedir)

    def collect(self) -> Iterable[Sample]:
        """Yield the gauges; raise NotApplicableError without the folder, OSError when it can't be listed."""
        try:
            services = sorted(path for path in self._folder.iterdir() if path.is_dir())
        except FileNotFoundError as error:
            raise NotApplicableError(str(self._folder)) from error
        for service in services:
            with item(service):
                yield from self._read(service)

    @staticmethod
    def _read(service: Path) -> Iterator[Sample]:
        labels = (service.name, "runit")
        state, wanted, changed = parse((service / "supervise" / "status").read_bytes())
        yield Sample(STATE, state, labels)
        yield Sample(DESIRED, wanted, labels)
        yield Sample(CHANGED, changed, labels)
        # runsv starts a service by itself unless there is this file. node_exporter looks for it in another folder.
        yield Sample(NORMAL, int(not (service / "down").exists()), labels)
