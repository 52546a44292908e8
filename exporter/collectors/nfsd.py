"""node_nfsd_*: what this machine's NFS server was asked for, from /proc/net/rpc/nfsd."""

from collections.abc import Iterable

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family
from exporter.kernel.nfs_rpc import V2_METHODS, V3_METHODS, parse, read_counted, read_numbers


def _counter(name: str, help_text: str, *labels: str) -> Family:
    return Family(f"node_nfsd_{name}", "counter", help_text, labels, form="%b")


def _gauge(name: str, help_text: str) -> Family:
    return Family(f"node_nfsd_{name}", "gauge", help_text, form="%b")


# fs/nfsd/stats.c: the line, how many of its numbers are looked at, the place of the family's. All of `ra` is 0 since
# Linux 5.4, which has no such cache.
SINGLE = {
    _counter("reply_cache_hits_total", "Total number of NFSd Reply Cache hits (client lost server response)."): (
        b"rc", 3, 0,
    ),
    _counter(
        "reply_cache_misses_total",
        "Total number of NFSd Reply Cache an operation that requires caching (idempotent).",
    ): (b"rc", 3, 1),
    _counter(
        "reply_cache_nocache_total",
        "Total number of NFSd Reply Cache non-idempotent operations (rename/delete/…).",
    ): (b"rc", 3, 2),
    _counter("file_handles_stale_total", "Total number of NFSd stale file handles"): (b"fh", 1, 0),
    _counter("disk_bytes_read_total", "Total NFSd bytes read."): (b"io", 2, 0),
    _counter("disk_bytes_written_total", "Total NFSd bytes written."): (b"io", 2, 1),
    _gauge("server_threads", "Total number of NFSd kernel threads that are running."): (b"th", 1, 0),
    _gauge("read_ahead_cache_size_blocks", "How large the read ahead cache is in blocks."): (b"ra", 12, 0),
    _counter("read_ahead_cache_not_found_total", "Total number of NFSd read ahead cache not found."): (b"ra", 12, 11),
    _counter("connections_total", "Total number of NFSd TCP connections."): (b"net", 4, 3),
    _counter("server_rpcs_total", "Total number of NFSd RPCs."): (b"rpc", 5, 0),
}  # fmt: skip
PACKETS = _counter("packets_total", "Total NFSd network packets (sent+received) by protocol type.", "proto")
ERRORS = _counter("rpc_errors_total", "Total number of NFSd RPC errors by error type.", "error")
REQUESTS = _counter("requests_total", "Total number NFSd Requests by method and protocol.", "proto", "method")
# include/linux/nfs4.h, enum nfs_opnum4: the operations of NFS 4.0, numbered from 3; two are not told of.
V4_OPERATIONS = (
    "", "", "", "Access", "Close", "Commit", "Create", "DelegPurge", "DelegReturn", "GetAttr", "GetFH", "Link", "Lock",
    "Lockt", "Locku", "Lookup", "LookupRoot", "Nverify", "Open", "OpenAttr", "OpenConfirm", "OpenDgrd", "PutFH",
    "", "", "Read", "ReadDir", "ReadLink", "Remove", "Rename", "Renew", "RestoreFH", "SaveFH", "SecInfo", "SetAttr",
    "SetClientID", "SetClientIDConfirm", "Verify", "Write", "RelLockOwner",
)  # fmt: skip
# The null procedure is not told of either.
METHODS = {
    b"proc2": ("2", ("", *V2_METHODS[1:])),
    b"proc3": ("3", ("", *V3_METHODS[1:])),
    b"proc4ops": ("4", V4_OPERATIONS),
}
KEYS = [(version, method) for version, methods in METHODS.values() for method in methods if method]
KEYS.append(("4", "WdelegGetattr"))


def requests(lines: dict[bytes, list[bytes]]) -> Iterable[bytes]:
    """Yield the count of each of `KEYS`; 0 for those that this kernel lacks; raise ValueError."""
    for line, (_, methods) in METHODS.items():
        counts = read_counted(lines, line, len(methods))
        yield from (count for count, method in zip(counts, methods, strict=True) if method)
    yield from read_numbers(lines, b"wdeleg_getattr", 1)


class Nfsd(Collector):
    """Exposes the server's counters."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("net", "rpc", "nfsd")
        self._single = Block(*SINGLE)
        self._packets, self._errors, self._requests = Block(PACKETS), Block(ERRORS), Block(REQUESTS)

    def page(self) -> bytes:
        """Return the counters; raise NotApplicableError where no server runs, ValueError."""
        try:
            lines = parse(self._file.read())
        except FileNotFoundError as error:
            raise NotApplicableError("/proc/net/rpc/nfsd: the nfsd module") from error
        single = (read_numbers(lines, line, count)[place] for line, count, place in SINGLE.values())
        return b"".join([
            self._single.render([()], single),
            self._packets.render([("udp",), ("tcp",)], read_numbers(lines, b"net", 4)[1:3]),
            self._errors.render([("fmt",), ("auth",), ("cInt",)], read_numbers(lines, b"rpc", 5)[2:]),
            self._requests.render(KEYS, requests(lines)),
        ])  # fmt: skip

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
