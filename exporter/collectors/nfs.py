"""node_nfs_*: what this machine's NFS client asked for, from /proc/net/rpc/nfs."""

from collections.abc import Iterable

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family
from exporter.kernel.nfs_rpc import V2_METHODS, V3_METHODS, parse, read_counted, read_numbers

# net/sunrpc/stats.c, rpc_proc_show.
NETWORK = (
    Family(
        "node_nfs_packets_total",
        "counter",
        "Total NFSd network packets (sent+received) by protocol type.",
        ("protocol",),
        form="%b",
    ),
    Family("node_nfs_connections_total", "counter", "Total number of NFSd TCP connections.", form="%b"),
)
CALLS = (
    Family("node_nfs_rpcs_total", "counter", "Total number of RPCs performed.", form="%b"),
    Family("node_nfs_rpc_retransmissions_total", "counter", "Number of RPC transmissions performed.", form="%b"),
    Family(
        "node_nfs_rpc_authentication_refreshes_total",
        "counter",
        "Number of RPC authentication refreshes performed.",
        form="%b",
    ),
)
REQUESTS = Family(
    "node_nfs_requests_total", "counter", "Number of NFS procedures invoked.", ("proto", "method"), form="%b"
)
# include/linux/nfs4.h, NFSPROC4_CLNT_*. node_exporter has LayoutGet and GetDeviceInfo the wrong way round.
V4_METHODS = (
    "Null", "Read", "Write", "Commit", "Open", "OpenConfirm", "OpenNoattr", "OpenDowngrade", "Close", "Setattr",
    "FsInfo", "Renew", "SetClientID", "SetClientIDConfirm", "Lock", "Lockt", "Locku", "Access", "Getattr", "Lookup",
    "LookupRoot", "Remove", "Rename", "Link", "Symlink", "Create", "Pathconf", "StatFs", "ReadLink", "ReadDir",
    "ServerCaps", "DelegReturn", "GetACL", "SetACL", "FsLocations", "ReleaseLockowner", "Secinfo", "FsidPresent",
    "ExchangeID", "CreateSession", "DestroySession", "Sequence", "GetLeaseTime", "ReclaimComplete", "LayoutGet",
    "GetDeviceInfo", "LayoutCommit", "LayoutReturn", "SecinfoNoName", "TestStateID", "FreeStateID", "GetDeviceList",
    "BindConnToSession", "DestroyClientID", "Seek", "Allocate", "DeAllocate", "LayoutStats", "Clone",
)  # fmt: skip
METHODS = {b"proc2": ("2", V2_METHODS), b"proc3": ("3", V3_METHODS), b"proc4": ("4", V4_METHODS)}
KEYS = [(version, method) for version, methods in METHODS.values() for method in methods]


def requests(lines: dict[bytes, list[bytes]]) -> Iterable[bytes]:
    """Yield the count of each of `KEYS`; 0 for those that this kernel lacks; raise ValueError."""
    for line, (_, methods) in METHODS.items():
        yield from read_counted(lines, line, len(methods))


class Nfs(Collector):
    """Exposes the client's calls."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("net", "rpc", "nfs")
        self._packets, self._connections = (Block(family) for family in NETWORK)
        self._calls, self._requests = Block(*CALLS), Block(REQUESTS)

    def page(self) -> bytes:
        """Return the counters; raise NotApplicableError where NFS was never mounted, ValueError."""
        try:
            lines = parse(self._file.read())
        except FileNotFoundError as error:
            raise NotApplicableError("/proc/net/rpc/nfs: the nfs module") from error
        _, udp, tcp, connections = read_numbers(lines, b"net", 4)
        return b"".join([
            self._packets.render([("udp",), ("tcp",)], [udp, tcp]),
            self._connections.render([()], [connections]),
            self._calls.render([()], read_numbers(lines, b"rpc", 3)),
            self._requests.render(KEYS, requests(lines)),
        ])  # fmt: skip

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
