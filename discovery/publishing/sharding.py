"""Cuts a job's targets into shards, as Prometheus's own relabelling with `hashmod` over `__address__` does."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

_GROUPS = msgspec.json.Decoder(list[msgspec.Raw])
SHARDS_MAX = 1024


class _Group(msgspec.Struct, frozen=True):
    targets: tuple[str]


_GROUP = msgspec.json.Decoder(_Group)


class Shard(NamedTuple):
    """One of `of` shards, counted from 0."""

    number: int
    of: int

    def has(self, address: str) -> bool:
        """Return whether an address falls into this shard: the last 8 bytes of its MD5 (prometheus model/relabel)."""
        digest = hashlib.md5(address.encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[8:], "big") % self.of == self.number

    def cut(self, content: bytes) -> bytes:
        """Return those groups of a file's content that are of this shard."""
        groups = [bytes(raw) for raw in _GROUPS.decode(content) if self.has(_GROUP.decode(raw).targets[0])]
        return b"[\n" + b",\n".join(groups) + b"\n]\n" if groups else b"[]\n"


def parse_shard(query: Mapping[str, str]) -> Shard | None:
    """Return the shard that `?shard=i&of=n` asks for, None when it asks for all; raise ValueError."""
    if "shard" not in query and "of" not in query:
        return None
    number, of = query.get("shard", ""), query.get("of", "")
    if not (number.isascii() and number.isdigit() and of.isascii() and of.isdigit()):
        raise ValueError("expected ?shard=I&of=N with two whole numbers")
    if not int(number) < int(of) <= SHARDS_MAX:
        raise ValueError(f"expected 0 <= shard < of <= {SHARDS_MAX}")
    return Shard(int(number), int(of))
