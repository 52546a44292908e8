import pytest

from exporter.kernel.nfs_mountstats import Transport, parse_addresses, parse_mountstats

NFS = """device nas:/a\\040b mounted on /mnt with fstype nfs4 statvers=1.1
\topts:\trw,vers=4.2
\tage:\t77
\tcaps:\tcaps=0x3ffbffff
\tevents:\t1 2 3
\tbytes:\t1 2 3 4 5 6 7 8
\tRPC iostats version: 1.1  p/v: 100003/4 (nfs)
\txprt:\t{}
\tper-op statistics
\t        READ: 1 2 3 4 5 6 7 8 9
"""
TCP = "tcp 832 1 2 3 4 5 6 7 8 9 10 11 12"


def test_a_mount_ends_at_the_next_and_what_is_no_nfs_is_left_out():
    text = "device proc mounted on /proc with fstype proc\n\tage: 5\n" + NFS.format(TCP) + "\nno device mounted on /x\n"
    (mount,) = parse_mountstats(text)
    assert (mount.device, mount.mountpoint, mount.age_seconds) == ("nas:/a\\040b", "/mnt", 77)
    assert mount.operations == {"READ": [1, 2, 3, 4, 5, 6, 7, 8, 9]}
    assert mount.events == [1, 2, 3]


@pytest.mark.parametrize(
    ("line", "transports"),
    [
        (TCP, [Transport("tcp", [832, *range(1, 13)])]),
        ("tcp 1 2 3 4 5 6 7 8 9 10", [Transport("tcp", [*range(1, 11), 0, 0, 0])]),
        ("udp 1 2 3 4 5 6 7 8 9 10", [Transport("udp", [1, 2, 0, 0, 0, *range(3, 11)])]),
        ("rdma " + " ".join(map(str, range(1, 29))), [Transport("rdma", [*range(1, 11), 0, 0, 0])]),
        ("local 1 2", []),
        ("", []),
    ],
)
def test_each_transport_has_the_fields_of_tcp(line, transports):
    assert parse_mountstats(NFS.format(line))[0].transports == transports


@pytest.mark.parametrize(
    ("old", "new"), [("age:\t77", "age:"), ("bytes:\t1 2", "bytes:\tx 2"), ("READ: 1 2", "READ:"), (TCP, "tcp 1 2")]
)
def test_a_malformed_counter_costs_itself_alone(old, new, skipped):
    (mount,) = parse_mountstats(NFS.format(TCP).replace(old, new))
    assert mount.events == parse_mountstats(NFS.format(TCP))[0].events
    assert skipped.count == 1


def test_the_address_is_the_servers_and_not_the_clients():
    line = "61 27 0:51 / /mnt rw shared:45 - nfs4 nas:/a rw,clientaddr=10.0.0.1,mountaddr=10.0.0.2,addr=10.0.0.3\n"
    assert parse_addresses(line + "22 27 0:21 / /proc rw - proc proc rw\nno mount\n") == {
        ("nas:/a", "/mnt"): "10.0.0.3"
    }
