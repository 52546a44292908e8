"""Disks that sleep, refuse, hide or garble: each costs itself, or a part of itself, alone."""

import pytest

from exporter.base.calls import DiskCommands
from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors.smart import Smart, SmartOptions
from exporter.kernel import ata_ioctl, nvme_ioctl
from exporter.kernel.ata_ioctl import Answer
from exporter.parsing import items

from ..disk_blocks import (  # noqa: TID252
    ATA_ANSWERS,
    FAILING,
    NVME_ANSWERS,
    STANDBY,
    DisksStandIn,
    identify,
    nvme_health,
    smart_data,
)

TREE = {
    "sys/block/sda/device/vendor": "ATA     \n",
    "sys/block/sdb/device/vendor": "ATA     \n",
    "sys/block/sdc/device/vendor": "SEAGATE \n",
    "sys/class/nvme/nvme0/transport": "pcie\n",
    "sys/class/nvme/nvme1/transport": "tcp\n",
}


def make(roots, disks, **options):
    return Supplies(roots, DiskCommands(disks.send_ata, disks.send_nvme)).make(Smart, SmartOptions(**options))


def series(page):
    return dict(line.rsplit(" ", 1) for line in page.decode().splitlines() if not line.startswith("#"))


@pytest.fixture
def roots(tree):
    return tree(TREE)


@pytest.fixture
def whole(roots):
    return series(make(roots, DisksStandIn(ata={"sdb": ATA_ANSWERS})).page())


def test_disks_of_other_kinds_are_not_asked(roots):
    disks = DisksStandIn(ata={"sdb": ATA_ANSWERS})
    make(roots, disks).page()
    assert {name for name, _ in disks.asked} == {"sda", "sdb", "nvme0"}


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({ata_ioctl.IDENTIFY: OSError(5, "Input/output error")}, "sdb"),
        ({ata_ioctl.IDENTIFY: Answer(bytes(512), None)}, "sdb"),
        ({ata_ioctl.SMART_DATA: Answer(smart_data()[:-1] + b"\0", None)}, "_attribute|_power_|_temperature"),
        ({ata_ioctl.SMART_THRESHOLDS: Answer(b"", None)}, 'attribute_value_type="thresh"'),
        ({ata_ioctl.SMART_STATUS: OSError(5, "Input/output error"), ata_ioctl.SMART_DATA: None}, "_attribute|_power_"),
        ({ata_ioctl.CHECK_POWER_MODE: OSError(5, "Input/output error")}, ""),
    ],
)
def test_what_a_disk_refuses_costs_that_alone(roots, whole, changes, lost):
    skipped = items.begin()
    page = series(make(roots, DisksStandIn(ata={"sdb": ATA_ANSWERS | changes})).page())
    missing = whole.keys() - page.keys()
    assert all('"sdb"' in name for name in missing)
    assert any(part in name for name in missing for part in lost.split("|")) or not lost
    assert page.items() <= whole.items()
    assert skipped.count > 0


def test_reason_is_counted_also_where_the_last_answers_are_shown(roots):
    collector = make(roots, DisksStandIn())  # sdb answers nothing
    for _ in range(2):
        skipped = items.begin()
        collector.page()
        assert any(place.startswith("sdb") for place in skipped.reasons)


def test_failing_disk_says_so(roots):
    failing = ATA_ANSWERS | {ata_ioctl.SMART_STATUS: Answer(b"", FAILING)}
    page = series(make(roots, DisksStandIn(ata={"sdb": failing})).page())
    assert page['smartctl_device_smart_status{device="sda"}'] == "1"
    assert page['smartctl_device_smart_status{device="sdb"}'] == "0"


def test_status_that_a_bridge_loses_is_judged_by_the_thresholds(roots):
    rows = ((5, 0x33, 140, 140, 140, 999), (9, 0x32, 88, 88, 0, 1))
    lost = ATA_ANSWERS | {
        ata_ioctl.SMART_STATUS: Answer(b"", None),
        ata_ioctl.SMART_DATA: Answer(smart_data(rows), None),
    }
    page = series(make(roots, DisksStandIn(ata={"sdb": lost})).page())
    assert page['smartctl_device_smart_status{device="sdb"}'] == "0"


def test_sleeping_disk_is_left_to_sleep_and_shown_as_it_was(roots, whole):
    disks = DisksStandIn(ata={"sdb": dict(ATA_ANSWERS)})
    collector = make(roots, disks, refresh_interval=0.0)
    collector.page()
    disks.ata["sdb"][ata_ioctl.CHECK_POWER_MODE] = Answer(b"", STANDBY)
    disks.asked.clear()
    assert series(collector.page()) == whole
    assert [command for name, command in disks.asked if name == "sdb"] == ["CHECK POWER MODE"]


def test_disk_without_smart_is_told_by_its_names_alone(roots):
    plain = ATA_ANSWERS | {ata_ioctl.IDENTIFY: Answer(identify(smart=0), None)}
    page = series(make(roots, DisksStandIn(ata={"sdb": plain})).page())
    kinds = {name.partition("{")[0] for name in page if '"sdb"' in name}
    assert "smartctl_device_capacity_bytes" in kinds
    assert "smartctl_device_attribute" not in kinds


def test_controller_that_warns_is_not_well(roots):
    page = series(make(roots, DisksStandIn(nvme={"nvme0": NVME_ANSWERS | {nvme_ioctl.HEALTH: nvme_health(4)}})).page())
    assert page['smartctl_device_smart_status{device="nvme0"}'] == "0"


def test_controller_without_a_name_still_tells_its_wear(roots):
    page = series(make(roots, DisksStandIn(nvme={"nvme0": {nvme_ioctl.HEALTH: nvme_health(used=93)}})).page())
    assert page['smartctl_device_percentage_used{device="nvme0"}'] == "93"


def test_disks_are_asked_once_an_interval(roots):
    disks = DisksStandIn()
    collector = make(roots, disks)
    collector.page()
    asked = len(disks.asked)
    collector.page()
    assert len(disks.asked) == asked


def test_without_the_right_to_ask_any_it_is_not_applicable(roots):
    refusal = PermissionError(1, "Operation not permitted", "/dev/sda")
    refusing = dict.fromkeys(ATA_ANSWERS, refusal)
    disks = DisksStandIn({"sda": refusing, "sdb": refusing}, {"nvme0": dict.fromkeys(NVME_ANSWERS, refusal)})
    with pytest.raises(NotApplicableError, match="CAP_SYS_RAWIO"):
        make(roots, disks).page()


def test_without_the_right_for_one_kind_the_others_are_there(roots):
    refusal = PermissionError(1, "Operation not permitted", "/dev/nvme0")
    skipped = items.begin()
    page = series(make(roots, DisksStandIn(nvme={"nvme0": dict.fromkeys(NVME_ANSWERS, refusal)})).page())
    assert any('"sda"' in name for name in page)
    assert "nvme0" in skipped.reasons


def test_machine_without_such_disks_is_not_applicable(tree):
    with pytest.raises(NotApplicableError, match="no ATA disk"):
        make(tree({"sys/block/vda/size": "1\n"}), DisksStandIn()).page()
