"""A settings type of every kind of setting."""

from pathlib import Path
from typing import Annotated

import msgspec


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    count: Annotated[int, msgspec.Meta(ge=1, description="How many.")] = 1
    pause_seconds: float = 1.0
    address: Annotated[tuple[str, ...], msgspec.Meta(extra={"flag": "--web.address"})] = (":1",)
    folder: Path | None = None
    loud: bool = False
    token: str | None = None
