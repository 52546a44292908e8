"""`vigie smart` leaves a whole file or none, which the collector textfile reads."""

import pytest

from exporter.base.calls import DiskCommands
from exporter.smart_command import read_disks, replace
from vigie.core.errors import ProblemError

from .disk_blocks import ATA_ANSWERS, DisksStandIn

TREE = {"sys/block/sda/device/vendor": "ATA     \n", "sys/block/sdb/device/vendor": "ATA     \n"}


def test_what_fails_of_a_disk_is_told_and_counted(tree):
    disks = DisksStandIn()
    text, failures = read_disks(tree(TREE), DiskCommands(disks.send_ata, disks.send_nvme))
    assert 'smartctl_device_smart_status{device="sda"} 1\n' in text
    assert text.endswith(f"\nvigie_smart_items_failed {len(failures)}\n")
    assert {place.partition(":")[0] for place in failures} == {"sdb"}


def test_machine_without_disks_leaves_a_file_that_says_so(tree):
    assert read_disks(tree({}), DiskCommands())[0].endswith("vigie_smart_items_failed 0\n")


def test_without_the_right_the_sentence_says_which(tree):
    refusal = PermissionError(1, "Operation not permitted", "/dev/sda")
    disks = DisksStandIn(ata={name: dict.fromkeys(ATA_ANSWERS, refusal) for name in ("sda", "sdb")})
    with pytest.raises(ProblemError, match="CAP_SYS_RAWIO"):
        read_disks(tree(TREE), DiskCommands(disks.send_ata, disks.send_nvme))


def test_file_is_replaced_and_readable_by_others(tmp_path):
    path = tmp_path / "smart.prom"
    for text in ("a 1\n", "a 2\n"):
        replace(path, text)
    assert path.read_text() == "a 2\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["smart.prom"]
