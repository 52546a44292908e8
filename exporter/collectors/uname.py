"""node_uname_info: what the uname system call says."""

from exporter.base.calls import Identity
from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Memo, Sample

INFO = Family(
    "node_uname_info",
    "gauge",
    "Labeled system information as provided by the uname system call.",
    ("domainname", "machine", "nodename", "release", "sysname", "version"),
)


class Uname(Collector):
    """Exposes node_uname_info."""

    def __init__(self, roots: Roots, identity: Identity, options: object = None) -> None:
        super().__init__(roots, options)
        self._identity = identity
        self._domain = roots.file("sys", "kernel", "domainname")
        self._memo = Memo()

    def page(self) -> bytes:
        """Return the one sample; Python's uname lacks the NIS domain, which /proc/sys/kernel tells."""
        uname = self._identity.uname()
        domain = self._domain.read().decode("utf-8", "replace").strip()
        labels = (domain, uname.machine, uname.nodename, uname.release, uname.sysname, uname.version)
        return self._memo.get(labels, lambda: [Sample(INFO, 1, labels)])
