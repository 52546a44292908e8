"""node_selinux_*: whether SELinux is on and enforces its policy."""

import re
from collections.abc import Iterable

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.files import KernelFile, read_text_or
from exporter.parsing.items import item, skip
from exporter.parsing.numbers import natural

ENABLED = Family("node_selinux_enabled", "gauge", "SELinux is enabled, 1 is true, 0 is false")
CONFIG_MODE = Family("node_selinux_config_mode", "gauge", "Configured SELinux enforcement mode")
CURRENT_MODE = Family("node_selinux_current_mode", "gauge", "Current SELinux enforcement mode")
# As selinux_config(5) has it.
MODES = {"enforcing": 1, "permissive": 0, "disabled": -1}
CONFIGURED = re.compile(r"^\s*SELINUX\s*=\s*(\w+)", re.MULTILINE)


def configured_mode(text: str) -> int:
    """Return the mode of /etc/selinux/config: 1 enforcing, 0 permissive, -1 disabled or not said."""
    match = CONFIGURED.search(text)
    return MODES.get(match[1].lower(), -1) if match else -1


class Selinux(Collector):
    """Exposes node_selinux_enabled, and the modes where it is on."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._enforce = KernelFile(roots.sys / "fs" / "selinux" / "enforce")

    def collect(self) -> Iterable[Sample]:
        """Yield the samples; selinuxfs is there only where SELinux is on."""
        text: bytes | None = None
        try:
            text = self._enforce.read()
        except FileNotFoundError:
            yield Sample(ENABLED, 0)
            return
        except OSError as error:  # it is there, so that SELinux is on
            skip(self._enforce.path, error)
        yield Sample(ENABLED, 1)
        yield Sample(CONFIG_MODE, configured_mode(read_text_or(self.roots.root / "etc" / "selinux" / "config")))
        if text is not None:
            with item(self._enforce.path):
                yield Sample(CURRENT_MODE, natural(text.strip(b" \t\n")))
