"""A group's pressure (PSI), which only version 2 tells.

https://docs.kernel.org/accounting/psi.html
"""

import errno
from pathlib import Path

from exporter.cgroups import parse
from exporter.cgroups.by_item import GONE
from exporter.cgroups.files import Files
from exporter.container_families.families import PRESSURE
from exporter.container_families.rows import Rows
from exporter.parsing.items import UNREADABLE, skip


class Pressure:
    """The pressure files that a group has; none where the kernel does not account for it."""

    def __init__(self, folder: Path, files: Files) -> None:
        files_of = ((files.file(folder / f"{resource}.pressure"), families) for resource, families in PRESSURE.items())
        self._files = [
            (file, tuple((family, "") for family in families)) for file, families in files_of if file is not None
        ]

    def read(self, rows: Rows) -> None:
        """Add what they say; a group may have its accounting switched off (`cgroup.pressure`), and says nothing.

        What is no pressure is skipped. Raises FileNotFoundError or ProcessLookupError when the group is gone.
        """
        for file, keys in self._files:
            try:
                totals = parse.pressure(file.read())
            except GONE:
                raise
            except UNREADABLE as error:
                # Before Linux 5.13 the files are there although the kernel was started without PSI, as RHEL's is.
                if not isinstance(error, OSError) or error.errno != errno.EOPNOTSUPP:
                    skip(f"pressure of a container, {keys[0][0].name}", error)
            else:
                rows.add(keys[: len(totals)], [total / 1e6 for total in totals])
