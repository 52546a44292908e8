"""Puts what browsers need into a wheel; an editable install leaves it to `make`."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class VendorAssets(BuildHookInterface[Any]):
    """Fetches before a wheel is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch what is missing, and name it as part of the wheel, since git ignores it."""
        if version == "editable":
            return
        tool = runpy.run_path(str(Path(self.root) / "tools" / "vendor_assets.py"))
        tool["fetch"](tool["CHARTS"], tool["registry"]())
        build_data["artifacts"].append("vigie/console/static/vendor/**")
