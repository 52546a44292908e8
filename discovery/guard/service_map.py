"""A mapping by a service's name that never changes, and of which a changed copy is cheap.

A copy of a plain mapping costs a millisecond with ten thousand services; an accident that takes them all one by one
would then keep the loop busy for half a minute.
"""

from collections.abc import Iterator, Mapping
from typing import TypeVar

BUCKETS = 256

Value = TypeVar("Value")


class ServiceMap(Mapping[str, Value]):
    """Made of buckets, which a copy shares but for those that differ."""

    __slots__ = ("_buckets", "_count")

    def __init__(self, buckets: tuple[Mapping[str, Value], ...] = ({},) * BUCKETS, count: int = 0) -> None:
        self._buckets, self._count = buckets, count

    def __getitem__(self, service: str) -> Value:
        return self._buckets[hash(service) % BUCKETS][service]

    def __iter__(self) -> Iterator[str]:
        for bucket in self._buckets:
            yield from bucket

    def __len__(self) -> int:
        return self._count

    def updated(self, changes: Mapping[str, Value]) -> "ServiceMap[Value]":
        """Return the mapping with `changes`."""
        buckets = list(self._buckets)
        copied: dict[int, dict[str, Value]] = {}
        for service, value in changes.items():
            number = hash(service) % BUCKETS
            if number not in copied:
                copied[number] = dict(buckets[number])
            copied[number][service] = value
        count = self._count
        for number, bucket in copied.items():
            count += len(bucket) - len(buckets[number])
            buckets[number] = bucket
        return ServiceMap(tuple(buckets), count)

    def without(self, services: frozenset[str]) -> "ServiceMap[Value]":
        """Return the mapping without some services."""
        return ServiceMap[Value]().updated({name: value for name, value in self.items() if name not in services})


def updated(services: Mapping[str, Value], changes: Mapping[str, Value]) -> ServiceMap[Value]:
    """Return `services` with `changes`; cheaply when it is such a mapping already."""
    base = services if isinstance(services, ServiceMap) else ServiceMap[Value]().updated(services)
    return base.updated(changes)
