"""Azure Virtual Machines, by the instance metadata service and its scheduled events.

https://learn.microsoft.com/en-us/azure/virtual-machines/instance-metadata-service
https://learn.microsoft.com/en-us/azure/virtual-machines/linux/scheduled-events
"""

import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

import msgspec

from exporter.cloud.metadata import Metadata, MetadataError, parse, text_of
from exporter.cloud.provider import Facts, Notice, Signs

COMPUTE_PATH = "/metadata/instance/compute?api-version=2021-02-01"
EVENTS_PATH = "/metadata/scheduledevents?api-version=2020-07-01"
HEADERS = {"Metadata": "true"}


class Tag(msgspec.Struct):
    """A tag of the machine."""

    name: str
    value: str


class Compute(msgspec.Struct, rename="camel"):
    """The machine, as far as we need it; `priority` is Spot, Low (its forerunner), Regular or nothing."""

    vm_id: str
    name: str
    location: str
    vm_size: str
    zone: str = ""
    priority: str = ""
    tags_list: list[Tag] = []


class Event(msgspec.Struct, rename="pascal"):
    """A scheduled event; `not_before` is empty once it has started."""

    event_type: str
    resources: list[str]
    not_before: str = ""


class Events(msgspec.Struct, rename="pascal"):
    """The scheduled events of all machines of an availability set or scale set."""

    events: list[Event] = []


class Azure:
    """Azure's service. Its zones are numbers within a region, so the region's name stands before them."""

    waits = False

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata
        self._name = ""
        self._deadline_seconds = 0.0

    def facts(self, tags: Sequence[str]) -> Facts:
        """Return the facts."""
        compute = parse(self._read(COMPUTE_PATH), Compute)
        self._name = compute.name
        return Facts(
            cloud="azure",
            instance_id=compute.vm_id,
            zone=f"{compute.location}-{compute.zone}" if compute.zone else "",
            region=compute.location,
            instance_type=compute.vm_size,
            lifecycle="spot" if compute.priority in {"Spot", "Low"} else "on-demand",
            tags={tag.name: tag.value for tag in compute.tags_list if tag.name in tags},
        )

    def signs(self) -> Signs:
        """Return the eviction notice for this very machine, which comes half a minute ahead at least."""
        for event in parse(self._read(EVENTS_PATH), Events).events:
            if event.event_type == "Preempt" and self._name in event.resources:
                if event.not_before:
                    self._deadline_seconds = _timestamp(event.not_before)
                self._deadline_seconds = self._deadline_seconds or float(int(time.time()))
                return Signs(Notice("preempt", self._deadline_seconds))
        self._deadline_seconds = 0.0
        return Signs()

    def _read(self, path: str) -> str | None:
        return text_of(self._metadata.ask(path, HEADERS), path)


def _timestamp(not_before: str) -> float:
    """Return the Unix time of `Mon, 19 Sep 2016 18:29:47 GMT`."""
    try:
        return parsedate_to_datetime(not_before).timestamp()
    except ValueError as error:
        raise MetadataError(f"NotBefore {not_before!r}: expected a date") from error
