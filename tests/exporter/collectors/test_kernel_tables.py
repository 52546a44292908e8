"""Small tables of /proc: swap, IPsec, network caches, settings, DRBD."""

import pytest

from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors import cpu_vulnerabilities, drbd
from exporter.collectors.drbd import Drbd
from exporter.collectors.lnstat import Lnstat
from exporter.collectors.swap import Swap
from exporter.collectors.sysctl import Sysctl
from exporter.collectors.xfrm import Xfrm
from exporter.parsing import items

SWAPS = "Filename\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/sda2 partition\t8\t4\t-2\n"


def read(kind, roots, **options):
    skipped = items.begin()
    samples = list(Supplies(roots).make(kind, kind.options_type(**options)).collect())
    return {(sample.family.name, *sample.labels): sample.value for sample in samples}, skipped.count


@pytest.mark.parametrize(
    ("line", "device"),
    [
        (b"/a\\040b\\134c file 4 0 5\n", "/a b\\c"),
        (b"/caf\xe9 file 4 0 5\n", "/caf\ufffd"),
        (b"/x\x0by\x0cz\xe2\x80\xa8 file 4 0 5\n", "/x\x0by\x0cz\u2028"),
        (b"/gone\\040(deleted) file 4 0 5\n", "/gone (deleted)"),
    ],
)
def test_names_of_swap_files(tree, line, device):
    series, failed = read(Swap, tree({"proc/swaps": SWAPS.encode() + line}))
    assert series["node_swap_size_bytes", device, "file"] == 4096
    assert series["node_swap_priority", "/dev/sda2", "partition"] == -2
    assert failed == 0


@pytest.mark.parametrize("line", [b"/b file 4\n", b"\n", b"/b file 4 0 x\n", b"/b file 18446744073709551616 0 1\n"])
def test_a_bad_line_of_swaps_costs_itself(tree, line):
    series, failed = read(Swap, tree({"proc/swaps": SWAPS.encode() + line + b"/c file 4 0 5\n"}))
    assert {key[1] for key in series} == {"/dev/sda2", "/c"}
    assert failed == 1


@pytest.mark.parametrize("text", ["", "Filename\tType\tSize\tUsed\tPriority\n"])
def test_no_swap(tree, text):
    with pytest.raises(NotApplicableError):
        read(Swap, tree({"proc/swaps": text}))


def test_reasons_that_are_unknown_or_no_number(tree):
    text = "XfrmInError \t7\nXfrmInNoStates -1\nXfrmNewer 3\nXfrmOutPolDead 9 9\n\nXfrmAcquireError\t2\n"
    series, failed = read(Xfrm, tree({"proc/net/xfrm_stat": text}))
    assert series == {("node_xfrm_in_error_packets_total",): 7, ("node_xfrm_acquire_error_packets_total",): 2}
    assert failed == 3


def test_rows_and_columns_of_network_caches(tree):
    files = {
        "proc/net/stat/arp_cache": "entries hits\n0000000a 1\n0a zz\n1 2 3\n00000001\n",
        "proc/net/stat/odd": "a a\n1 2\n",
        "proc/net/stat/empty": "",
    }
    series, failed = read(Lnstat, tree(files))
    assert series == {
        ("node_lnstat_entries_total", "arp_cache", "0"): 10,
        ("node_lnstat_hits_total", "arp_cache", "0"): 1,
        ("node_lnstat_entries_total", "arp_cache", "1"): 10,
        ("node_lnstat_entries_total", "arp_cache", "3"): 1,
    }
    assert failed == 4


def test_settings_by_keys_indexes_and_alone(tree):
    files = {"proc/sys/a/b": "1\n", "proc/sys/c": "-2 0 3\n", "proc/sys/d": "x y\n", "proc/sys/a_b": "9\n"}
    wanted = ("a.b", "c:x,y,z", "c", "d", "a_b", "nothing", "c:x", "a/b", "/etc/passwd", "a.b:k,l")
    series, failed = read(Sysctl, tree(files), include=wanted, include_info=("d", "d"))
    assert series == {
        ("node_sysctl_a_b",): 1,
        ("node_sysctl_c_x",): -2,
        ("node_sysctl_c_y",): 0,
        ("node_sysctl_c_z",): 3,
        ("node_sysctl_c", "0"): -2,
        ("node_sysctl_c", "1"): 0,
        ("node_sysctl_c", "2"): 3,
        ("node_sysctl_info", "d", "x", "0"): 1,
        ("node_sysctl_info", "d", "y", "1"): 1,
    }
    assert failed == 7  # d is text; a_b and a/b are shown by a.b; nothing, /etc/passwd; c and a.b have other numbers
    with pytest.raises(NotApplicableError):
        read(Sysctl, tree(files))


@pytest.mark.parametrize(
    ("text", "state", "mitigation"),
    [
        ("Not affected", "not affected", ""),
        ("Vulnerable", "vulnerable", ""),
        ("Vulnerable, IBPB: disabled,  STIBP: disabled", "vulnerable", "IBPB: disabled, STIBP: disabled"),
        ("Mitigation: PTI", "mitigation", "PTI"),
        ("Unknown: No mitigations", "unknown", "No mitigations"),
        ("Processor vulnerable", "unknown", "Processor vulnerable"),
    ],
)
def test_states_of_vulnerabilities(text, state, mitigation):
    assert cpu_vulnerabilities.understand(text) == (state, mitigation)


def test_words_of_drbd_that_are_wrong_cost_themselves():
    text = b" 2: cs:Connected ro:Primary ds:UpToDate/Outdated C\n    ns:x nr:2 oos:-1 1:2:3 lo:\n 3: cs:StandAlone\n"
    skipped = items.begin()
    series = {(sample.family.name, *sample.labels): sample.value for sample in drbd.parse(text)}
    assert series == {
        ("node_drbd_connected", "drbd2"): 1,
        ("node_drbd_disk_state_is_up_to_date", "drbd2", "local"): 1,
        ("node_drbd_disk_state_is_up_to_date", "drbd2", "remote"): 0,
        ("node_drbd_network_received_bytes_total", "drbd2"): 2048,
        ("node_drbd_connected", "drbd3"): 0,
    }
    assert skipped.count == 3


def test_without_drbd(tree):
    with pytest.raises(NotApplicableError):
        read(Drbd, tree({}))
