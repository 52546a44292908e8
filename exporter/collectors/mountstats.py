"""node_mountstats_nfs_*: what the NFS client counts for each mount, from /proc/self/mountstats."""

from collections.abc import Iterator

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Kind, Series, Sheet
from exporter.kernel.nfs_mountstats import NfsMount, parse_addresses, parse_mountstats

LABELS = ("export", "protocol", "mountaddr")
MILLISECONDS = 1000
EXACT = 1 << 53  # times that ran below zero show as nearly 2^64; node_exporter keeps what a float can tell exactly


def _family(name: str, help_text: str, *label: str, kind: Kind = "counter") -> Family:
    form = "%.3f" if name.endswith("time_seconds_total") else "%d"
    return Family(f"node_mountstats_nfs_{name}", kind, help_text, (*LABELS, *label), form)


MOUNTPOINT_INFO = _family("mountpoint_info", "Info metric for an NFS mountpoint.", "mountpoint", kind="gauge")
AGE = _family("age_seconds_total", "The age of the NFS mount in seconds.")
# The order of each line is the kernel's: include/linux/nfs_iostat.h, include/linux/sunrpc/metrics.h.
BYTES = (
    _family("read_bytes_total", "Number of bytes read using the read() syscall."),
    _family("write_bytes_total", "Number of bytes written using the write() syscall."),
    _family("direct_read_bytes_total", "Number of bytes read using the read() syscall in O_DIRECT mode."),
    _family("direct_write_bytes_total", "Number of bytes written using the write() syscall in O_DIRECT mode."),
    _family("total_read_bytes_total", "Number of bytes read from the NFS server, in total."),
    _family("total_write_bytes_total", "Number of bytes written to the NFS server, in total."),
    _family("read_pages_total", "Number of pages read directly via mmap()'d files."),
    _family("write_pages_total", "Number of pages written directly via mmap()'d files."),
)
EVENTS = (
    _family(
        "event_inode_revalidate_total", "Number of times cached inode attributes are re-validated from the server."
    ),
    _family("event_dnode_revalidate_total", "Number of times cached dentry nodes are re-validated from the server."),
    _family("event_data_invalidate_total", "Number of times an inode cache is cleared."),
    _family("event_attribute_invalidate_total", "Number of times cached inode attributes are invalidated."),
    _family("event_vfs_open_total", "Number of times cached inode attributes are invalidated."),
    _family("event_vfs_lookup_total", "Number of times a directory lookup has occurred."),
    _family("event_vfs_access_total", "Number of times permissions have been checked."),
    _family("event_vfs_update_page_total", "Number of updates (and potential writes) to pages."),
    _family("event_vfs_read_page_total", "Number of pages read directly via mmap()'d files."),
    _family("event_vfs_read_pages_total", "Number of times a group of pages have been read."),
    _family("event_vfs_write_page_total", "Number of pages written directly via mmap()'d files."),
    _family("event_vfs_write_pages_total", "Number of times a group of pages have been written."),
    _family("event_vfs_getdents_total", "Number of times directory entries have been read with getdents()."),
    _family("event_vfs_setattr_total", "Number of times directory entries have been read with getdents()."),
    _family("event_vfs_flush_total", "Number of pending writes that have been forcefully flushed to the server."),
    _family("event_vfs_fsync_total", "Number of times fsync() has been called on directories and files."),
    _family("event_vfs_lock_total", "Number of times locking has been attempted on a file."),
    _family("event_vfs_file_release_total", "Number of times files have been closed and released."),
    None,  # waits for congestion, which no kernel counts any more
    _family("event_truncation_total", "Number of times files have been truncated."),
    _family(
        "event_write_extension_total",
        "Number of times a file has been grown due to writes beyond its existing end.",
    ),
    _family("event_silly_rename_total", "Number of times a file was removed while still open by another process."),
    _family("event_short_read_total", "Number of times the NFS server gave less data than expected while reading."),
    _family("event_short_write_total", "Number of times the NFS server wrote less data than expected while writing."),
    _family(
        "event_jukebox_delay_total",
        "Number of times the NFS server indicated EJUKEBOX; retrieving data from offline storage.",
    ),
    _family("event_pnfs_read_total", "Number of NFS v4.1+ pNFS reads."),
    _family("event_pnfs_write_total", "Number of NFS v4.1+ pNFS writes."),
)
TRANSPORT = (
    None,  # the local port
    _family(
        "transport_bind_total",
        "Number of times the client has had to establish a connection from scratch to the NFS server.",
        "transport",
    ),
    _family(
        "transport_connect_total",
        "Number of times the client has made a TCP connection to the NFS server.",
        "transport",
    ),
    None,  # time spent connecting
    _family(
        "transport_idle_time_seconds",
        "Duration since the NFS mount last saw any RPC traffic, in seconds.",
        "transport",
        kind="gauge",
    ),
    _family("transport_sends_total", "Number of RPC requests for this mount sent to the NFS server.", "transport"),
    _family(
        "transport_receives_total", "Number of RPC responses for this mount received from the NFS server.", "transport"
    ),
    _family(
        "transport_bad_transaction_ids_total",
        "Number of times the NFS server sent a response with a transaction ID unknown to this client.",
        "transport",
    ),
    None,  # requests in flight, added up
    _family("transport_backlog_queue_total", "Total number of items added to the RPC backlog queue.", "transport"),
    _family(
        "transport_maximum_rpc_slots",
        "Maximum number of simultaneously active RPC requests ever used.",
        "transport",
        kind="gauge",
    ),
    _family(
        "transport_sending_queue_total",
        "Total number of items added to the RPC transmission sending queue.",
        "transport",
    ),
    _family(
        "transport_pending_queue_total",
        "Total number of items added to the RPC transmission pending queue.",
        "transport",
    ),
)
OPERATIONS = (
    _family("operations_requests_total", "Number of requests performed for a given operation.", "operation"),
    _family(
        "operations_transmissions_total",
        "Number of times an actual RPC request has been transmitted for a given operation.",
        "operation",
    ),
    _family(
        "operations_major_timeouts_total",
        "Number of times a request has had a major timeout for a given operation.",
        "operation",
    ),
    _family(
        "operations_sent_bytes_total",
        "Number of bytes sent for a given operation, including RPC headers and payload.",
        "operation",
    ),
    _family(
        "operations_received_bytes_total",
        "Number of bytes received for a given operation, including RPC headers and payload.",
        "operation",
    ),
    _family(
        "operations_queue_time_seconds_total",
        "Duration all requests spent queued for transmission for a given operation before they were sent, in seconds.",
        "operation",
    ),
    _family(
        "operations_response_time_seconds_total",
        "Duration all requests took to get a reply back after a request for a given operation was transmitted, "
        "in seconds.",
        "operation",
    ),
    _family(
        "operations_request_time_seconds_total",
        "Duration all requests took from when a request was enqueued to when it was completely handled for a given "
        "operation, in seconds.",
        "operation",
    ),
)


class Mountstats(Collector):
    """Exposes the counters of each NFS export, once however often it is mounted."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._files = (roots.file("self", "mountstats"), roots.file("self", "mountinfo"))
        self._sheet = Sheet()

    def page(self) -> bytes:
        """Return the counters; raise NotApplicableError without an NFS mount, OSError or ValueError."""
        stats, info = self._files
        mounts = parse_mountstats(stats.read().decode("utf-8", "replace"))
        if not mounts:
            raise NotApplicableError("no NFS mount")
        rows = list(describe(mounts, parse_addresses(info.read().decode("utf-8", "replace"))))
        return self._sheet.render([series for series, _ in rows], [value for _, value in rows])

    def close(self) -> None:
        """Give the descriptors back."""
        for file in self._files:
            file.close()


def describe(mounts: list[NfsMount], addresses: dict[tuple[str, str], str]) -> Iterator[tuple[Series, float]]:
    """Yield the series and values of the mounts.

    Mounts of one export share what they count, so that it is told once; each mount point has its own info.
    """
    exposed: set[tuple[str, ...]] = set()
    for mount in mounts:
        address = addresses.get((mount.device, mount.mountpoint), "")
        for protocol in dict.fromkeys(transport.protocol for transport in mount.transports):
            labels = (mount.device, protocol, address)
            if (*labels, mount.mountpoint) not in exposed:
                exposed.add((*labels, mount.mountpoint))
                yield (MOUNTPOINT_INFO, (*labels, mount.mountpoint)), 1
            if labels not in exposed:
                exposed.add(labels)
                yield from _count(mount, labels)


def _count(mount: NfsMount, labels: tuple[str, ...]) -> Iterator[tuple[Series, float]]:
    yield (AGE, labels), mount.age_seconds
    # A kernel that counts less or more than we know gives what both know.
    for family, value in zip((*BYTES, *EVENTS), (*mount.bytes, *mount.events), strict=False):
        if family is not None:
            yield (family, labels), value
    for number, transport in enumerate(mount.transports):
        for family, value in zip(TRANSPORT, transport.fields, strict=True):
            if family is not None:
                yield (family, (*labels, str(number))), value
    for operation, fields in mount.operations.items():
        for family, value in zip(OPERATIONS, fields, strict=False):
            yield (family, (*labels, operation)), value % EXACT / MILLISECONDS if family.form == "%.3f" else value
