"""Counters of NFS lines, of kernels that have more and fewer of them."""

import pytest

from exporter.collectors import nfs, nfsd
from exporter.kernel import nfs_rpc

RPC = b"rpc 1 2 3\n"


def test_procedures_that_an_older_kernel_lacks_are_zero():
    lines = nfs_rpc.parse(RPC + b"proc4 3 7 8 9\n")
    counts_by_key = dict(zip(nfs.KEYS, nfs.requests(lines), strict=True))
    assert (counts_by_key["4", "Read"], counts_by_key["4", "Write"], counts_by_key["4", "Commit"]) == (b"8", b"9", b"0")
    assert counts_by_key["3", "GetAttr"] == b"0"


def test_calls_of_parallel_nfs_come_in_the_kernels_order():
    # enum in include/linux/nfs4.h: NFSPROC4_CLNT_LAYOUTGET = 44, NFSPROC4_CLNT_GETDEVICEINFO = 45
    counts = b" ".join(b"%d" % number for number in range(60))
    counts_by_key = dict(zip(nfs.KEYS, nfs.requests(nfs_rpc.parse(RPC + b"proc4 60 " + counts)), strict=True))
    assert (counts_by_key["4", "LayoutGet"], counts_by_key["4", "GetDeviceInfo"], counts_by_key["4", "Clone"]) == (
        b"44",
        b"45",
        b"58",
    )


def test_procedures_that_a_newer_kernel_adds_are_left_out():
    line = b"proc3 24 " + b" ".join(b"%d" % number for number in range(24))
    counts_by_key = dict(zip(nfs.KEYS, nfs.requests(nfs_rpc.parse(RPC + line)), strict=True))
    assert counts_by_key["3", "Commit"] == b"21"


def test_operations_of_the_server_are_numbered_from_the_third():
    counts = b" ".join(b"%d" % number for number in range(40))
    counts_by_key = dict(zip(nfsd.KEYS, nfsd.requests(nfs_rpc.parse(RPC + b"proc4ops 40 " + counts)), strict=True))
    # enum nfs_opnum4: OP_ACCESS = 3, OP_READ = 25, OP_RELEASE_LOCKOWNER = 39
    assert (counts_by_key["4", "Access"], counts_by_key["4", "Read"], counts_by_key["4", "RelLockOwner"]) == (
        b"3",
        b"25",
        b"39",
    )
    assert ("4", "Null") not in counts_by_key


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"proc3 22 1 2", "expected 22 numbers after proc3, got 2"),
        (b"proc2 x", "expected digits"),
    ],
)
def test_a_line_that_contradicts_itself_is_an_error(line, says):
    with pytest.raises(ValueError, match=says):
        list(nfs.requests(nfs_rpc.parse(RPC + line)))


def test_a_file_without_calls_is_an_error():
    with pytest.raises(ValueError, match="expected a line `rpc`"):
        nfs_rpc.parse(b"net 1 2 3 4\n")


def test_short_lines_are_an_error():
    with pytest.raises(ValueError, match="expected 4 numbers after net, got 2"):
        nfs_rpc.read_numbers(nfs_rpc.parse(RPC + b"net 1 2\n"), b"net", 4)
