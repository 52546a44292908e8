"""What is understood of ATA's sectors, and what is refused as none."""

import pytest

from exporter.disks import ata
from exporter.kernel.ata_ioctl import Registers

from ..disk_blocks import FAILING, WELL, identify, smart_data, thresholds, with_checksum  # noqa: TID252


def test_identity_has_swapped_names_and_large_sizes():
    identity = ata.parse_identity(identify())
    assert (identity.model, identity.serial, identity.firmware) == ("VIGIE HD-4000 4TB", "VG-0001", "FW01")
    assert identity.sectors * identity.logical_bytes == 4_000_787_030_016
    assert (identity.logical_bytes, identity.physical_bytes, identity.rotation_rate) == (512, 4096, 7200)
    assert (identity.form_factor, identity.has_smart) == ("3.5 inches", True)


def test_solid_state_disk_has_no_rotation_and_a_disk_may_lack_smart():
    identity = ata.parse_identity(identify(rotation=1, smart=0))
    assert (identity.rotation_rate, identity.has_smart) == (0, False)


def test_name_with_bytes_that_are_no_text_is_told_without_them():
    assert ata.parse_identity(identify(model='a"\\\x07b')).model == 'a"\\\ufffdb'


@pytest.mark.parametrize("sector", [b"", bytes(512), bytes(511), b"\xff" * 512, identify()[:511] + b"\0", b"\0" * 513])
def test_other_sectors_are_no_identity(sector):
    with pytest.raises(ValueError, match="IDENTIFY DEVICE: "):
        ata.parse_identity(sector)


def test_attributes_have_thresholds_names_and_flags():
    attributes = {each.number: each for each in ata.parse_attributes(smart_data(), ata.parse_thresholds(thresholds()))}
    sectors = attributes[5]
    assert (sectors.name, sectors.value, sectors.threshold, sectors.raw) == ("Reallocated_Sector_Ct", 199, 140, 8)
    assert (sectors.short_flags, sectors.long_flags) == (
        "PO--CK",
        "prefailure,updated_online,event_count,auto_keep",
    )
    assert attributes[171].name == "Unknown_Attribute"
    assert ata.power_on_hours(attributes) == 8760
    assert ata.temperature(attributes) == 36


@pytest.mark.parametrize("parse", [ata.parse_thresholds, lambda sector: ata.parse_attributes(sector, {})])
@pytest.mark.parametrize("sector", [b"", bytes(512), smart_data()[:500], smart_data()[:-1] + b"\x01"])
def test_sector_whose_checksum_is_wrong_is_refused(parse, sector):
    with pytest.raises(ValueError, match="SMART READ"):
        parse(sector)


def test_number_that_comes_twice_counts_once():
    rows = ((5, 0x33, 100, 100, 10, 1), (5, 0x33, 50, 50, 10, 2))
    (attribute,) = ata.parse_attributes(smart_data(rows), ata.parse_thresholds(thresholds(rows)))
    assert attribute.raw == 1


@pytest.mark.parametrize(
    ("value", "threshold", "flags", "is_failing"),
    [(140, 140, 1, True), (141, 140, 1, False), (1, 140, 0, False), (0, 0, 1, False), (5, None, 1, False)],
)
def test_disk_is_failing_at_the_threshold_of_what_foretells_it(value, threshold, flags, is_failing):
    assert ata.Attribute(5, flags, value, value, threshold, 0).is_failing is is_failing


def test_temperature_has_a_sign_and_another_source():
    def read(number, raw):
        return ata.temperature({number: ata.Attribute(number, 0, 100, 100, 0, raw)})

    assert read(194, 0xFB) == -5
    assert read(190, 0x1900_0000_0022) == 34
    assert read(3, 1) is None


@pytest.mark.parametrize(
    ("registers", "passes"), [(WELL, True), (FAILING, False), (None, None), (Registers(0, 0x50, 0, 0, 0), None)]
)
def test_status_is_in_two_registers(registers, passes):
    assert ata.passes(registers) is passes


def test_checksum_of_what_the_tests_make():
    assert sum(with_checksum(bytes(range(200)) + bytes(312))) & 0xFF == 0
