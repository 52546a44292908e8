"""node_nfsd_*: what this machine's NFS server was asked for, from /proc/net/rpc/nfsd."""

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Series, Sheet
from exporter.kernel.nfs_rpc import V2_METHODS, V3_METHODS, parse, read_counted, read_numbers
from exporter.parsing.items import item


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
WRITE_DELEGATIONS = (REQUESTS, ("4", "WdelegGetattr"))
Values = list[tuple[Series, bytes]]


def requests(lines: dict[bytes, list[bytes]]) -> Values:
    """Return the count of each method; 0 for those that this kernel lacks; a line that is wrong is skipped."""
    values: Values = []
    for line, (version, methods) in METHODS.items():
        with item(f"/proc/net/rpc/nfsd, {line.decode()}"):
            counts = read_counted(lines, line, len(methods))
            pairs = zip(methods, counts, strict=True)
            values += [((REQUESTS, (version, method)), count) for method, count in pairs if method]
    with item("/proc/net/rpc/nfsd, wdeleg_getattr"):
        values += [(WRITE_DELEGATIONS, read_numbers(lines, b"wdeleg_getattr", 1)[0])]
    return values


def totals(lines: dict[bytes, list[bytes]]) -> Values:
    """Return what the other lines count; one that is wrong is skipped."""
    values: Values = []
    for family, (line, count, place) in SINGLE.items():
        with item(f"/proc/net/rpc/nfsd, {line.decode()}"):
            values.append(((family, ()), read_numbers(lines, line, count)[place]))
    with item("/proc/net/rpc/nfsd, net"):
        pairs = zip(("udp", "tcp"), read_numbers(lines, b"net", 4)[1:3], strict=True)
        values += [((PACKETS, (protocol,)), number) for protocol, number in pairs]
    with item("/proc/net/rpc/nfsd, rpc"):
        pairs = zip(("fmt", "auth", "cInt"), read_numbers(lines, b"rpc", 5)[2:], strict=True)
        values += [((ERRORS, (error,)), number) for error, number in pairs]
    return values


class Nfsd(Collector):
    """Exposes the server's counters."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("net", "rpc", "nfsd")
        self._sheet = Sheet()

    def page(self) -> bytes:
        """Return the counters; raise NotApplicableError where no server runs, ValueError."""
        try:
            lines = parse(self._file.read())
        except FileNotFoundError as error:
            raise NotApplicableError("/proc/net/rpc/nfsd: the nfsd module") from error
        values = totals(lines) + requests(lines)
        return self._sheet.render([series for series, _ in values], [value for _, value in values])

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
