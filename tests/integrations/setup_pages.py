"""What the tests of pages of set-up share: the commands of a page, as they are written."""

import re
import shlex

from vigie.core.builtin import builtin


def commands(integration, section):
    """Return the words of each line of each shell block of a section of `setup.md`."""
    page = builtin("integrations", integration, "setup.md").read_text()
    text = page.partition(f"## {section}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [[shlex.split(line) for line in block.splitlines()] for block in blocks]
