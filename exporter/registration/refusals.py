"""What is refused to a container or a file, and why."""

from typing import Literal, NamedTuple, get_args

Reason = Literal[
    "integration", "label", "name", "path", "port", "probe", "scheme", "too_many", "unknown_label", "unreachable"
]
REASONS: tuple[Reason, ...] = get_args(Reason)


class RefusedError(Exception):
    """What a label asks for can't be had; `reason` is one of `REASONS`."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason


class Refusal(NamedTuple):
    """What was refused to which container, why in one word, and the detail for the log."""

    container: str
    reason: Reason
    detail: str
