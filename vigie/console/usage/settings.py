"""The settings of `vigie usage`: section `usage` of the file, `VIGIE_USAGE_<NAME>` in the environment."""

from typing import Annotated

import msgspec
from msgspec import Meta

from vigie.core.settings import Duration


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long to wait, and how much is shown."""

    timeout: Annotated[Duration, Meta(gt=0, description="How long one answer of Prometheus may take.")] = 30.0
    top: Annotated[int, Meta(ge=1, description="How many of each are shown, those with most series.")] = 10
