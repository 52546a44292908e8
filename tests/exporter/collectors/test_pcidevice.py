"""PCI devices: addresses, links, names; graphics cards."""

import pytest

from exporter.base.supplies import Supplies
from exporter.collectors.drm import Drm
from exporter.collectors.pcidevice import Pcidevice, parse_address, parse_speed
from exporter.kernel.pci_ids import PciIds, PciNames
from exporter.parsing import items

IDS = """\
# comment
1234  Vendor  with blanks
\tabcd  Device
\t\t1234 0001  Board
\t\t9999 0001  Other board
5678  Second
\tabcd  Its device
C 01  Storage
\t08  NVM
\t\t02  Express
C 02  Network
\tffff
\t\t00  Orphan
"""


def read(kind, roots, **options):
    skipped = items.begin()
    samples = list(Supplies(roots).make(kind, kind.options_type(**options)).collect())
    return {(sample.family.name, *sample.labels): sample.value for sample in samples}, skipped.count


def test_names_by_numbers():
    first = PciIds("1234", "abcd", "1234", "0001", "010802")
    names = PciNames(IDS.splitlines(keepends=True), [first])
    assert names.name("1234", otherwise="") == "Vendor  with blanks"
    assert names.name("1234", "abcd", otherwise="") == "Device"
    assert names.name(*first[:4], otherwise="") == "Board"
    assert names.name("5678", otherwise="5678") == "5678", "not wanted, not kept"
    assert names.class_name("010802") == "Express"
    assert PciNames(IDS.splitlines(keepends=True), [first._replace(class_code="020000")]).class_name("020000") == (
        "Network"
    )
    assert names.class_name("ff0000") == "Unknown class (ff0000)"


def test_names_are_labels(roots):
    series, failed = read(Pcidevice, roots, names=True)
    labels = [key[-5:] for key in series if key[0] == "node_pcidevice_info"]
    assert labels[3] == (
        "Samsung Electronics Co Ltd", "NVMe SSD Controller PM9A1", "Samsung Electronics Co Ltd", "SSD 980 PRO",
        "NVM Express",
    )  # fmt: skip
    assert labels[1] == ("Intel Corporation", "a170", "1462", "7996", "Unknown class (040300)")
    assert failed == 0


def test_a_list_that_is_not_there_leaves_numbers(roots):
    series, _ = read(Pcidevice, roots, names=True, idsfile="/nowhere/pci.ids")
    labels = [key[-5:] for key in series if key[0] == "node_pcidevice_info"]
    assert labels[0] == ("1022", "1483", "1849", "ffff", "Unknown class (060400)")


def test_addresses_and_speeds():
    assert parse_address("10000:e1:0A.f") == ("10000", "e1", "0a", "f")
    assert parse_speed("2.5 GT/s PCIe") == 2.5e9
    assert parse_speed("8 GT/s") == 8e9
    for text in ("8.0", "fast GT/s PCIe", "1e9 GT/s PCIe", "-"):
        with pytest.raises(ValueError, match="expected"):
            parse_speed(text)
    with pytest.raises(ValueError, match="address"):
        parse_address("usb1")


def pci(**changed):
    folder = "sys/bus/pci/devices/0000:00:01.0"
    identity = dict.fromkeys(("class", "vendor", "device", "subsystem_vendor", "subsystem_device", "revision"), "0x1\n")
    files = identity | {"numa_node": "1\n", "max_link_width": "4\n", "power_state": "D0\n"} | changed
    return {f"{folder}/{name}": text for name, text in files.items()}


@pytest.mark.parametrize(
    ("name", "lost"),
    [("numa_node", "numa_node"), ("max_link_width", "max_link_width"), ("vendor", "info"), ("revision", "info")],
)
@pytest.mark.parametrize("text", ["?\n", "1 x\n", "1\u2028x\n", str(2**70)])
def test_a_bad_file_costs_its_own_gauge(tree, name, lost, text):
    whole, _ = read(Pcidevice, tree(pci()))
    series, failed = read(Pcidevice, tree(pci(**{name: text})))
    assert {key[0] for key in set(whole) - set(series)} == {f"node_pcidevice_{lost}"}
    assert failed == 1


def test_what_is_no_device_is_skipped(tree):
    series, failed = read(Pcidevice, tree(pci() | {"sys/bus/pci/devices/strange/class": "0x1\n"}))
    assert len([key for key in series if key[0] == "node_pcidevice_info"]) == 1
    assert failed == 2


def test_a_sleeping_card_lacks_what_it_can_not_say(tree):
    folder = "sys/class/drm/card10/device"
    files = {
        f"{folder}/uevent": "DRIVER=amdgpu\n",
        f"{folder}/mem_info_vram_total": "4096\n",
        f"{folder}/gpu_busy_percent": "n/a\n",
    }
    series, failed = read(Drm, tree(files))
    assert series == {
        ("node_drm_card_info", "card10", "", "", "", "amd"): 1,
        ("node_drm_memory_vram_size_bytes", "card10"): 4096,
    }
    assert failed == 1
