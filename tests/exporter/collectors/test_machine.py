import pytest

from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors.machine import Machine, parse_meminfo_bytes, parse_topology
from exporter.docker.client import Client
from exporter.docker.inventory import Inventory
from tests.exporter.recorded_hosts import RecordedHost, let_be


def test_threads_of_one_core_and_cores_of_two_sockets():
    blocks = [f"processor\t: {n}\nphysical id\t: {n // 4}\ncore id\t\t: {n % 4 // 2}\n" for n in range(8)]
    assert parse_topology("\n".join(blocks)) == (8, 4, 2)


def test_a_machine_that_tells_no_topology():
    arm = "processor\t: 0\nBogoMIPS\t: 50.00\n\nprocessor\t: 1\nBogoMIPS\t: 50.00\n\nHardware\t: x\n"
    assert parse_topology(arm) == (2, 2, 1)


def test_sizes():
    assert parse_meminfo_bytes("MemTotal:       2 kB\nSwapTotal:  0 kB\n", "MemTotal") == 2048
    assert parse_meminfo_bytes("", "SwapTotal") == 0


def test_the_machine_is_told_of_where_containers_are(tree, tmp_path):
    roots = tree({"proc/meminfo": "MemTotal: 4 kB\n", "proc/cpuinfo": "processor: 0\n", "root/etc/machine-id": "ab\n"})
    with pytest.raises(NotApplicableError):
        Supplies(roots).make(Machine).page()
    host = RecordedHost(roots, Inventory(Client(f"unix://{tmp_path}/none.sock")))
    machine = host.make(Machine)
    assert machine.page() == b""
    let_be(host)
    page = machine.page()
    assert b'machine_memory_bytes{machine_id="ab",system_uuid="ab"} 4096\n' in page
    assert b'machine_cpu_cores{machine_id="ab",system_uuid="ab"} 1\n' in page
    let_be(host, is_known=False, is_connected=False, failure="gone")
    with pytest.raises(NotApplicableError):
        machine.page()
