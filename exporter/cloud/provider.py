"""What every cloud is asked: facts for the Meta in Consul, and signs that the instance will be taken away."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

import structlog

from exporter.registration.record import LABEL_NAME, VALUE_BYTES

log = structlog.get_logger()
Lifecycle = Literal["spot", "on-demand"]
KEY_CHARACTERS = 128  # Consul refuses longer Meta keys


class Facts(NamedTuple):
    """What the cloud knows of this instance; "" where it does not tell. `tags` are those that were asked for."""

    cloud: str
    instance_id: str
    zone: str
    region: str
    instance_type: str
    lifecycle: Lifecycle
    tags: Mapping[str, str]


class Notice(NamedTuple):
    """The cloud will take this instance away: what it will do, and when at the earliest, as a Unix time."""

    action: str
    deadline_seconds: float


class Signs(NamedTuple):
    """What announces an end: a notice, and a recommendation to move elsewhere (AWS alone has that)."""

    notice: Notice | None = None
    is_rebalance_recommended: bool = False


class Provider(Protocol):
    """One cloud. Both methods raise MetadataError when its service is away, or is another cloud's."""

    # Whether `signs` itself waits for a change, rather than being asked every few seconds.
    waits: bool

    def facts(self, tags: Sequence[str]) -> Facts:
        """Return the facts, with those of `tags` that there are."""

    def signs(self) -> Signs:
        """Return what announces an end now."""


def to_meta(facts: Facts) -> dict[str, str]:
    """Return facts as Consul takes them: cleaned, at most so long, tags as `label_<name>`; the rest is logged."""
    values = facts._asdict()
    tags = values.pop("tags")
    meta = {key: shorten(key, value) for key, value in values.items()}
    for name, value in tags.items():
        label = re.sub(r"[^a-zA-Z0-9_]", "_", name)
        key = f"label_{label}"
        if not LABEL_NAME.fullmatch(label) or label.startswith("__") or len(key) > KEY_CHARACTERS or key in meta:
            log.warning("left out a tag whose name makes no label, or one that is there already", tag=name)
            continue
        meta[key] = shorten(name, value)
    return {key: value for key, value in meta.items() if value}


def shorten(name: str, value: str) -> str:
    """Return the printable characters of `value`, as many as fit in Consul's Meta."""
    printable = "".join(character for character in value if character.isprintable()).strip()
    fitting = printable.encode("utf-8", "replace")[:VALUE_BYTES].decode("utf-8", "ignore")
    if fitting != printable:
        log.warning("shortened a value that is too long for Consul", name=name, limit_bytes=VALUE_BYTES)
    return fitting
