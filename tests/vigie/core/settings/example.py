"""A settings type of every kind of setting."""

from pathlib import Path
from typing import Annotated

import msgspec

from vigie.core.settings import Duration


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    count: Annotated[int, msgspec.Meta(ge=1, description="How many.")] = 1
    pause: Duration = 1.0
    address: Annotated[tuple[str, ...], msgspec.Meta(extra={"flag": "--web.address"})] = (":1",)
    folder: Path | None = None
    loud: bool = False
    token: str | None = None
