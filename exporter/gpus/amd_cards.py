"""Which graphics cards the driver amdgpu runs, by /sys/class/drm."""

import re

from exporter.kernel.devices import Device

CARD = re.compile(r"card[0-9]+")
DRIVER = "DRIVER=amdgpu"


def is_amdgpu(card: Device) -> bool:
    """Return whether the driver runs it: by its name, or where that is lost by a file that only it has."""
    return DRIVER in card.fixed("device/uevent").split("\n") or (card.path / "device" / "mem_info_vram_total").exists()
