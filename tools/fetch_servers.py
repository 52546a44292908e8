"""Fetches the servers of the stack into the cache before the tests start, where one sees how long it takes.

Consul may have to be built (`vigie.stack.gobuild`), which takes longer than any test waits.
"""

import os
import sys

from vigie.core.errors import ProblemError
from vigie.stack import layout, servers, show
from vigie.stack.settings import Settings


def main() -> None:
    """Find all of `vigie up --ha`, but no Consul when the tests are given one."""
    names = set(layout.needed_servers(Settings(ha=True)))
    if os.environ.pop("VIGIE_TEST_CONSUL", None):
        names.remove("consul")
    with show.show_downloads(show.open_console()) as report:
        for name in sorted(names, key=lambda name: name == "consul"):
            try:
                servers.find(name, report=report)
            except ProblemError as error:
                sys.exit(str(error))


if __name__ == "__main__":
    main()
