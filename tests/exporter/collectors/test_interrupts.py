import pytest

from exporter.collectors.interrupts import Interrupts, InterruptsOptions, parse

TEXT = (
    b"           CPU0       CPU3\n"
    b" 24:          5          0   PCI-MSI 65536-edge      eth0-rx-0, eth0-tx-0\n"
    b"IPI0:0 7       Rescheduling interrupts\n"
    b"LOC:          9         10   Local timer interrupts\n"
    b"ERR:         13\n"
)


def test_numbered_ones_have_devices_and_the_rest_a_description():
    cpus, interrupts = parse(TEXT)
    assert cpus == ["0", "3"]
    assert interrupts == [
        ("24", "PCI-MSI", "65536-edge eth0-rx-0, eth0-tx-0", [b"5", b"0"]),
        ("IPI0", "Rescheduling interrupts", "", [b"0", b"7"]),
        ("LOC", "Local timer interrupts", "", [b"9", b"10"]),
    ]


def test_a_cpu_keeps_its_number_when_one_before_it_is_offline(tree):
    page = Interrupts(tree({"proc/interrupts": TEXT})).page().decode()
    assert 'node_interrupts_total{cpu="3",type="LOC",info="Local timer interrupts"} 10\n' in page


def test_zeros_and_names_can_be_left_out(tree):
    options = InterruptsOptions(name_exclude="^LOC;", include_zeros=False)
    page = Interrupts(tree({"proc/interrupts": TEXT}), options).page().decode()
    values = [line.rpartition(" ")[2] for line in page.splitlines() if not line.startswith("#")]
    assert values == ["5", "7"]


def test_the_labels_follow_a_device_that_comes_and_goes(tree, tmp_path):
    collector = Interrupts(tree({"proc/interrupts": TEXT}))
    assert b'type="24"' in collector.page()
    (tmp_path / "proc" / "interrupts").write_bytes(TEXT.replace(b" 24:", b" 31:"))
    page = collector.page()
    assert b'type="31"' in page
    assert b'type="24"' not in page
    collector.close()


@pytest.mark.parametrize("text", [b"", b"no table\n", TEXT.replace(b"   9 ", b"  -9 ")])
def test_another_file_fails(text, tree):
    with pytest.raises(ValueError, match=r"expected|invalid literal"):
        Interrupts(tree({"proc/interrupts": text})).page()
