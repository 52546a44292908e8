"""What is understood of a controller's log, and what is refused as none."""

import pytest

from exporter.disks import nvme

from ..disk_blocks import nvme_health, nvme_identify  # noqa: TID252


def test_controller_tells_its_names_and_size():
    assert nvme.parse_identity(nvme_identify()) == nvme.Identity("VIGIE SSD 1TB", "S1", "3.0", 1_000_204_886_016)


def test_health_has_wear_spare_and_counters_of_128_bits():
    health = nvme.parse_health(nvme_health(warning=4, used=255, media_errors=1 << 70))
    assert (health.critical_warning, health.percentage_used, health.media_errors) == (4, 255, 1 << 70)
    assert (health.temperature, health.available_spare, health.available_spare_threshold) == (38, 100, 10)
    assert (health.bytes_read, health.bytes_written) == (512 * 10**9, 1024 * 10**9)
    assert (health.power_cycles, health.power_on_hours, health.error_log_entries) == (42, 8760, 9)


def test_temperature_of_zero_kelvin_is_none():
    assert nvme.parse_health(nvme_health(kelvin=0)).temperature is None


@pytest.mark.parametrize("data", [b"", bytes(512), b"\xff" * 512, nvme_health()[:-1], nvme_health() + b"\0"])
def test_other_data_are_no_log(data):
    with pytest.raises(ValueError, match="NVMe SMART log"):
        nvme.parse_health(data)


@pytest.mark.parametrize("data", [b"", bytes(4096), b"\xff" * 4096, nvme_identify()[:-1]])
def test_other_data_are_no_identity(data):
    with pytest.raises(ValueError, match="Identify Controller"):
        nvme.parse_identity(data)
