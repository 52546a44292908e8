"""The integrations that this host knows, read when the first container or file asks for one."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from vigie.core.integrations.catalogue import Integration

log = structlog.get_logger()


class Known:
    """The integrations by name: those that vigie brings, and the operator's own in `own_folder`."""

    def __init__(self, own_folder: Path | None = None) -> None:
        self._own_folder = own_folder

    @cached_property
    def all(self) -> Mapping[str, "Integration"]:
        """All of them; a folder that can't be understood is logged, and costs itself alone.

        What reads YAML is loaded only here: most hosts ask for none, and pay nothing.
        """
        from vigie.core.integrations.catalogue import read_catalogue  # noqa: PLC0415

        catalogue = read_catalogue(self._own_folder)
        for problem in catalogue.problems:
            log.warning("an integration can't be read", reason=problem)
        return catalogue.integrations
